import { useQuery } from "@tanstack/react-query";
import { body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";

/** An assignee's name, asked for unless the list says it: an address may name anybody. */
export function useAssigneeName(accountId: string | null, known: string | undefined): string | undefined {
  const { apis } = useApp();
  const { data } = useQuery({
    queryKey: ["tracking", "assignee", accountId],
    queryFn: ({ signal }) =>
      body(
        apis.tracking.GET("/assignees/{account_id}", {
          params: { path: { account_id: accountId ?? "" } },
          signal,
        }),
      ),
    enabled: accountId !== null && known === undefined,
    staleTime: Infinity,
    refetchInterval: false,
  });
  return known ?? data?.name;
}
