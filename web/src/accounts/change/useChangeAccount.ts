import { useLingui } from "@lingui/react/macro";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type Account, body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import type { Role } from "../../app/rights.ts";
import { useToast } from "../../app/ui/Toasts.tsx";
import { ACCOUNTS } from "../accounts.ts";

interface Change {
  role?: Role;
  status?: "active" | "deactivated";
}

/** Saying the same state twice changes nothing, so it needs no key. */
export function useChangeAccount(account: Account, onDone: () => void) {
  const { t } = useLingui();
  const { apis } = useApp();
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: (change: Change) =>
      body(
        apis.auth.PATCH("/accounts/{account_id}", {
          params: { path: { account_id: account.account_id } },
          body: change,
        }),
      ),
    onSuccess: ({ name }) => {
      toast(t`${name} is changed.`);
      void client.invalidateQueries({ queryKey: ACCOUNTS });
      onDone();
    },
  });
}
