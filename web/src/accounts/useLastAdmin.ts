import { useQuery } from "@tanstack/react-query";
import { body } from "../app/api/clients.ts";
import { useApp } from "../app/context.ts";
import { ACCOUNTS, lastAdmin } from "./accounts.ts";

/** The account_id of the last active admin, null if there are several or nobody knows. */
export function useLastAdmin(): string | null {
  const { apis } = useApp();
  const { data } = useQuery({
    queryKey: [...ACCOUNTS, "admins"],
    queryFn: ({ signal }) =>
      body(
        apis.auth.GET("/accounts", {
          params: { query: { role: "admin", status: "active", limit: 2 } },
          signal,
        }),
      ),
  });
  return data ? lastAdmin(data) : null;
}
