import { useFormat } from "../useFormat.ts";

interface Props {
  at: string;
  full?: boolean;
}

/** An instant in the reader's zone, short; in full on hover. */
export function When({ at, full = false }: Props) {
  const format = useFormat();
  return (
    <time dateTime={at} title={format.instant(at)}>
      {full ? format.instant(at) : format.recent(at)}
    </time>
  );
}
