import { type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { AFTER_ERROR_MS } from "./queries.ts";

export interface PageOf<T> {
  items: T[];
  next_cursor: string | null;
}

export type Fetch<T> = (cursor: string | null, signal: AbortSignal) => Promise<PageOf<T>>;

const POLLED_PAGES = 3;
const POLL_MS = 30_000;

/** A list that is read page by page; what stands on two pages (it moved meanwhile) shows once. */
export function usePages<T>(key: QueryKey, fetchPage: Fetch<T>, idOf: (item: T) => string) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => fetchPage(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
    refetchInterval: ({ state }) => {
      if (state.status === "error") return AFTER_ERROR_MS;
      return (state.data?.pages.length ?? 0) > POLLED_PAGES ? false : POLL_MS;
    },
  });
  const items = useMemo(() => distinct(query.data?.pages ?? [], idOf), [query.data, idOf]);
  return {
    items,
    more: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loadMore: () => {
      void query.fetchNextPage();
    },
    panel: {
      data: query.data && items,
      error: query.error,
      dataUpdatedAt: query.dataUpdatedAt,
      isFetching: query.isFetching,
      refetch: query.refetch,
    },
  };
}

export function distinct<T>(pages: readonly PageOf<T>[], idOf: (item: T) => string): T[] {
  return [...new Map(pages.flatMap((page) => page.items.map((item) => [idOf(item), item]))).values()];
}

/** Every page of a list, for what must be whole; tells how many items it has so far. */
export async function allPages<T>(
  fetchPage: Fetch<T>,
  signal: AbortSignal,
  onProgress?: (count: number) => void,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: PageOf<T> = await fetchPage(cursor, signal);
    items.push(...page.items);
    onProgress?.(items.length);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return items;
}
