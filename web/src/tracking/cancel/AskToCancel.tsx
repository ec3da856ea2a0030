import { Trans, useLingui } from "@lingui/react/macro";
import type { Task } from "../../app/api/clients.ts";
import { AskInPlace } from "../AskInPlace.tsx";
import { useCancelTask } from "./useCancelTask.ts";

interface Props {
  task: Task;
  onDecline: () => void;
}

/** The question before a task is cancelled; refused, it is taken back. */
export function AskToCancel({ task, onDecline }: Props) {
  const { t } = useLingui();
  const { title } = task;
  const cancel = useCancelTask();
  return (
    <AskInPlace
      label={t`Cancel "${title}"?`}
      confirm={<Trans>Cancel task</Trans>}
      decline={<Trans>Keep task</Trans>}
      tone="error"
      pending={cancel.isPending}
      onConfirm={() => {
        cancel.mutate(task, { onError: onDecline });
      }}
      onDecline={onDecline}
    >
      <Trans>Fees that were charged stay charged, and nobody is paid. Can't be undone.</Trans>
    </AskInPlace>
  );
}
