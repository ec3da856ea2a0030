import { useLingui } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { body, type Task } from "../app/api/clients.ts";
import { useApp } from "../app/context.ts";
import { useToast } from "../app/ui/Toasts.tsx";
import { useProblemText } from "../app/ui/useProblemText.ts";
import { useCommand } from "../app/useCommand.ts";
import { expectReward } from "../app/useRewards.ts";
import { type Mine, putBack, without } from "./mine/mine.ts";
import { MY_TASKS, TASKS } from "./queries.ts";

const COMPLETING = ["complete-task"];

/** Gone from one's own list at once; back in it, with the reason, when tracking refuses. */
export function useCompleteTask() {
  const { t } = useLingui();
  const { apis } = useApp();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  return useCommand({
    name: ({ task_id }: Task) => `complete:${task_id}`,
    send: ({ task_id }: Task, key) =>
      body(
        apis.tracking.POST("/tasks/{task_id}/complete", {
          params: { path: { task_id }, header: { "Idempotency-Key": key } },
        }),
      ),
    mutationKey: COMPLETING,
    onMutate: async (task: Task) => {
      await client.cancelQueries({ queryKey: MY_TASKS });
      client.setQueryData<Mine>(MY_TASKS, (mine) => mine && without(mine, task.task_id));
    },
    onError: (error, task) => {
      client.setQueryData<Mine>(MY_TASKS, (mine) => mine && putBack(mine, task));
      const { title } = task;
      const reason = problemText(error);
      toast(t`"${title}" is not completed. ${reason}`, "error");
    },
    onSuccess: (_answer, { task_id, title }) => {
      expectReward(client, task_id);
      toast(t`"${title}" is completed. The reward is on its way.`);
    },
    onSettled: () => {
      if (client.isMutating({ mutationKey: COMPLETING }) === 1)
        void client.invalidateQueries({ queryKey: TASKS });
    },
  });
}
