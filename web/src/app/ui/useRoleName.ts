import { useLingui } from "@lingui/react/macro";
import { useCallback } from "react";

/** A role in the reader's language; one that is not known yet as it is. */
export function useRoleName(): (role: string) => string {
  const { t } = useLingui();
  return useCallback(
    (role: string) => {
      const names: Record<string, string> = {
        worker: t`Worker`,
        accountant: t`Accountant`,
        manager: t`Manager`,
        admin: t`Admin`,
      };
      return names[role] ?? role;
    },
    [t],
  );
}
