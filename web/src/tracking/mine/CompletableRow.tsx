import { Trans } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { Check } from "lucide-react";
import type { Task } from "../../app/api/clients.ts";
import { When } from "../../app/ui/When.tsx";
import { TaskRow } from "../TaskRow.tsx";
import { useAsking } from "../useAsking.ts";
import { AskToComplete } from "./AskToComplete.tsx";

/** A task of one's own: completing it asks first, in its place. */
export function CompletableRow({ task }: { task: Task }) {
  const { asking, button, decline } = useAsking();
  const action = asking ? (
    <AskToComplete task={task} onDecline={decline} />
  ) : (
    <Button
      data-complete
      size="small"
      variant="outlined"
      startIcon={<Check size={15} aria-hidden />}
      aria-describedby={`title-${task.task_id}`}
      {...button}
    >
      <Trans>Complete</Trans>
    </Button>
  );
  const meta = asking ? null : (
    <span>
      <Trans>
        assigned <When at={task.assigned_at} />
      </Trans>
    </span>
  );
  return <TaskRow task={task} meta={meta} action={action} />;
}
