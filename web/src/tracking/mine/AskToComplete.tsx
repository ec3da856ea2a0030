import { Trans, useLingui } from "@lingui/react/macro";
import type { Task } from "../../app/api/clients.ts";
import { AskInPlace } from "../AskInPlace.tsx";
import { useCompleteTask } from "../useCompleteTask.ts";

interface Props {
  task: Task;
  onDecline: () => void;
}

/** The question before the reward is booked. */
export function AskToComplete({ task, onDecline }: Props) {
  const { t } = useLingui();
  const { title } = task;
  const complete = useCompleteTask();
  return (
    <AskInPlace
      label={t`Complete "${title}"?`}
      confirm={<Trans>Complete</Trans>}
      pending={complete.isPending}
      onConfirm={() => {
        complete.mutate(task);
      }}
      onDecline={onDecline}
    >
      <Trans>Books your reward. Can't be undone.</Trans>
    </AskInPlace>
  );
}
