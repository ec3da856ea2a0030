import { Box } from "@mui/material";
import type { Task } from "../../app/api/clients.ts";
import { When } from "../../app/ui/When.tsx";
import { AskToCancel } from "../cancel/AskToCancel.tsx";
import { useMayCancel } from "../cancel/useMayCancel.ts";
import { TaskRow } from "../TaskRow.tsx";
import { TaskStatus } from "../TaskStatus.tsx";
import { useAsking } from "../useAsking.ts";
import { RowMenu } from "./RowMenu.tsx";

interface Props {
  task: Task;
  /** The list is in the order of assignment, so that is the time to show. */
  byAssignment: boolean;
}

/** A task among everybody's. */
export function ListedRow({ task, byAssignment }: Props) {
  const mayCancel = useMayCancel(task);
  const { asking, button, decline } = useAsking();
  const asks = asking && mayCancel;
  const meta = asks ? null : (
    <WhoseAndWhen task={task} at={byAssignment ? task.assigned_at : task.created_at} />
  );
  const action = asks ? (
    <AskToCancel task={task} onDecline={decline} />
  ) : (
    <Box sx={{ display: "flex", alignItems: "center", minWidth: { sm: 144 } }}>
      <Box sx={{ flex: 1 }}>
        <TaskStatus status={task.status} />
      </Box>
      {mayCancel && <RowMenu title={task.title} autoFocus={button.autoFocus} onCancelTask={button.onClick} />}
    </Box>
  );
  return <TaskRow task={task} meta={meta} action={action} />;
}

function WhoseAndWhen({ task, at }: { task: Task; at: string }) {
  return (
    <>
      <Box
        component="span"
        title={task.assignee.name}
        sx={{ width: { sm: "9.375rem" }, maxWidth: "9.375rem", overflow: "hidden", textOverflow: "ellipsis" }}
      >
        {task.assignee.name}
      </Box>
      <Box component="span" sx={{ minWidth: { sm: 124 }, textAlign: "right" }}>
        <When at={at} />
      </Box>
    </>
  );
}
