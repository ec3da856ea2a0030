import { Plural, Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { useApp } from "../../app/context.ts";
import { useFormat } from "../../app/useFormat.ts";
import { countOpen, COUNTS } from "../queries.ts";

interface Props {
  /** How many the list has; undefined while it is loaded. */
  listed: number | undefined;
  /** The list has more, so they are counted. */
  more: boolean;
}

/** How many open tasks are one's own. */
export function OpenCount({ listed, more }: Props) {
  const { apis } = useApp();
  const format = useFormat();
  const { data } = useQuery({
    queryKey: [...COUNTS, "mine"],
    queryFn: ({ signal }) => countOpen(apis, "me", signal),
    enabled: more,
  });
  const counted = more ? data : listed === undefined ? undefined : { count: listed, more };
  if (!counted) return "\u00a0";
  const { count } = counted;
  const atLeast = format.number(count);
  if (counted.more) return <Trans>{atLeast}+ open tasks</Trans>;
  return <Plural value={count} one="# open task" other="# open tasks" />;
}
