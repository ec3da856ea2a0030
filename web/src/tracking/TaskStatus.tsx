import { useLingui } from "@lingui/react/macro";
import { Circle, CircleCheck, CircleSlash } from "lucide-react";
import type { Task } from "../app/api/clients.ts";
import { StatusChip } from "../app/ui/StatusChip.tsx";

export function TaskStatus({ status }: { status: Task["status"] }) {
  const { t } = useLingui();
  switch (status) {
    case "open":
      return <StatusChip icon={Circle} label={t`Open`} tone="neutral" />;
    case "completed":
      return <StatusChip icon={CircleCheck} label={t`Completed`} tone="success" />;
    case "cancelled":
      return <StatusChip icon={CircleSlash} label={t`Cancelled`} tone="neutral" />;
  }
}
