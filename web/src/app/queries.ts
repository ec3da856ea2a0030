import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./api/problem.ts";

const LISTS_MS = 30_000;
/** Between a request that failed and the next one for the same. */
export const AFTER_ERROR_MS = 10_000;
const TRIES = 2;

/** A request that got no decision is worth another try. */
function tryAgain(failures: number, error: Error): boolean {
  return failures < TRIES && error instanceof Problem && !error.answered;
}

/** Lists are asked for again every 30 s, and sooner after an error; never in a hidden tab. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: tryAgain,
        staleTime: 5_000,
        refetchInterval: (query) => (query.state.status === "error" ? AFTER_ERROR_MS : LISTS_MS),
        refetchIntervalInBackground: false,
        networkMode: "always",
      },
      mutations: { retry: tryAgain, networkMode: "always" },
    },
  });
}
