import { useQuery } from "@tanstack/react-query";
import { body } from "./api/clients.ts";
import { useApp } from "./context.ts";

/** Lets the account service know that its owner has signed in; nothing here waits for the answer. */
export function useArrival(): void {
  const { apis } = useApp();
  useQuery({
    queryKey: ["auth", "me"],
    queryFn: ({ signal }) => body(apis.auth.GET("/me", { signal })),
    staleTime: Infinity,
    refetchInterval: false,
  });
}
