import { queryOptions, useQuery } from "@tanstack/react-query";
import { type Apis, body } from "./api/clients.ts";
import { useApp } from "./context.ts";

export const MY_MONEY = ["accounting", "me"] as const;

function myBalance(apis: Apis) {
  return queryOptions({
    queryKey: [...MY_MONEY, "balance"],
    queryFn: ({ signal }) => body(apis.accounting.GET("/me/balance", { signal })),
  });
}

export function useMyBalance() {
  return useQuery(myBalance(useApp().apis));
}
