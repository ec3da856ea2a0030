import type { Task } from "../../app/api/clients.ts";
import { useApp, useMay } from "../../app/context.ts";

/** An open task is cancelled by its creator, or by who manages. */
export function useMayCancel(task: Task): boolean {
  const { me } = useApp();
  const any = useMay("cancelAnyTask");
  return task.status === "open" && (any || task.created_by.account_id === me.accountId);
}
