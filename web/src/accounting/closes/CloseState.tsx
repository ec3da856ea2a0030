import { useLingui } from "@lingui/react/macro";
import { CircleCheck, LoaderCircle } from "lucide-react";
import type { Close } from "../../app/api/clients.ts";
import { StatusChip } from "../../app/ui/StatusChip.tsx";

/** Whether a day is closed for all accounts. */
export function CloseState({ close }: { close: Close }) {
  const { t } = useLingui();
  return close.status === "done" ? (
    <StatusChip icon={CircleCheck} label={t`Closed`} tone="success" />
  ) : (
    <StatusChip icon={LoaderCircle} label={t`Closing`} tone="info" />
  );
}
