import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { body, type Task } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { useToast } from "../../app/ui/Toasts.tsx";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useCommand } from "../../app/useCommand.ts";
import { TASKS } from "../queries.ts";

/** Says how it went; lists and the task's page then show what tracking says. */
export function useCancelTask() {
  const { t } = useLingui();
  const { apis } = useApp();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  return useCommand({
    name: ({ task_id }: Task) => `cancel:${task_id}`,
    send: ({ task_id }: Task, key) =>
      body(
        apis.tracking.POST("/tasks/{task_id}/cancel", {
          params: { path: { task_id }, header: { "Idempotency-Key": key } },
        }),
      ),
    onSuccess: (_answer, { title }) => {
      toast(t`"${title}" is cancelled.`);
    },
    onError: (error, { title }) => {
      const reason = problemText(error);
      toast(t`"${title}" is not cancelled. ${reason}`, "error");
    },
    onSettled: () => client.invalidateQueries({ queryKey: TASKS }),
  });
}
