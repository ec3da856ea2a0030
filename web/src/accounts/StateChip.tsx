import { useLingui } from "@lingui/react/macro";
import { CircleCheck, CircleSlash, Hourglass, MailX } from "lucide-react";
import type { Account } from "../app/api/clients.ts";
import { StatusChip } from "../app/ui/StatusChip.tsx";
import { stateOf } from "./accounts.ts";

/** Whether somebody may sign in and has; by icon and word. */
export function StateChip({ account }: { account: Account }) {
  const { t } = useLingui();
  switch (stateOf(account)) {
    case "active":
      return <StatusChip icon={CircleCheck} label={t`Active`} tone="success" />;
    case "deactivated":
      return <StatusChip icon={CircleSlash} label={t`Deactivated`} tone="neutral" />;
    case "pending":
      return <StatusChip icon={Hourglass} label={t`Not signed in yet`} tone="info" />;
    case "expired":
      return <StatusChip icon={MailX} label={t`Invitation expired`} tone="warning" />;
  }
}
