import type { ReactNode } from "react";
import { Loading } from "./Loading.tsx";
import { ServiceDown } from "./ServiceDown.tsx";

interface Answered<T> {
  data: T | undefined;
  error: Error | null;
  dataUpdatedAt: number;
  isFetching: boolean;
  refetch: () => unknown;
}

interface Props<T> {
  query: Answered<T>;
  loading?: ReactNode;
  children: (data: T) => ReactNode;
}

/** Loading, an error, or what was answered: an error keeps what is shown, and costs this panel alone. */
export function QueryPanel<T>({ query, loading = <Loading />, children }: Props<T>) {
  const { data, error, dataUpdatedAt, refetch } = query;
  const retry = () => {
    void refetch();
  };
  return (
    <>
      {error && (
        <ServiceDown error={error} shownFrom={data === undefined ? 0 : dataUpdatedAt} onRetry={retry} />
      )}
      {data !== undefined ? children(data) : error ? null : loading}
    </>
  );
}
