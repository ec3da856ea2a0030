import { Box } from "@mui/material";
import type { Task } from "../../app/api/clients.ts";
import { When } from "../../app/ui/When.tsx";
import { TaskRow } from "../TaskRow.tsx";
import { TaskStatus } from "../TaskStatus.tsx";

/** A task among everybody's. */
export function ListedRow({ task }: { task: Task }) {
  const meta = (
    <>
      <Box
        component="span"
        title={task.assignee.name}
        sx={{ width: { sm: 150 }, maxWidth: 150, overflow: "hidden", textOverflow: "ellipsis" }}
      >
        {task.assignee.name}
      </Box>
      <Box component="span" sx={{ minWidth: { sm: 104 }, textAlign: "right" }}>
        <When at={task.created_at} />
      </Box>
    </>
  );
  return (
    <TaskRow
      task={task}
      meta={meta}
      action={
        <Box sx={{ minWidth: { sm: 110 } }}>
          <TaskStatus status={task.status} />
        </Box>
      }
    />
  );
}
