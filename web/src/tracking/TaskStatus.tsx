import { useLingui } from "@lingui/react/macro";
import { Circle, CircleCheck } from "lucide-react";
import type { Task } from "../app/api/clients.ts";
import { StatusChip } from "../app/ui/StatusChip.tsx";

export function TaskStatus({ status }: { status: Task["status"] }) {
  const { t } = useLingui();
  return status === "completed" ? (
    <StatusChip icon={CircleCheck} label={t`Completed`} tone="success" />
  ) : (
    <StatusChip icon={Circle} label={t`Open`} tone="neutral" />
  );
}
