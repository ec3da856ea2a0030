import { Box, Link, Typography } from "@mui/material";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router";
import type { Task } from "../app/api/clients.ts";

interface Props {
  task: Task;
  meta: ReactNode;
  action?: ReactNode;
}

/** One task of a list: its id and title, what else is to know, and what can be done with it. */
export function TaskRow({ task, meta, action }: Props) {
  return (
    <Box
      component="li"
      sx={{
        display: "flex",
        flexWrap: { xs: "wrap", sm: "nowrap" },
        alignItems: "center",
        columnGap: 2,
        rowGap: 0.5,
        px: 2,
        py: 1,
        minHeight: 53,
        borderTop: 1,
        borderColor: "divider",
        "&:first-of-type": { borderTop: 0 },
        "&:hover, &:focus-within": { bgcolor: "action.hover" },
      }}
    >
      <Box sx={{ flex: "1 1 220px", minWidth: 0 }}>
        <Link
          component={RouterLink}
          to={`/tasks/${task.task_id}`}
          data-task-link
          color="textPrimary"
          sx={{ fontWeight: 500, display: "inline" }}
        >
          <JiraId id={task.jira_id} />
          {task.title}
        </Link>
      </Box>
      <Typography
        variant="body2"
        color="textSecondary"
        component="div"
        sx={{ display: "flex", alignItems: "center", gap: 1.5, flexShrink: 0, whiteSpace: "nowrap" }}
      >
        {meta}
      </Typography>
      {action && <Box sx={{ ml: "auto" }}>{action}</Box>}
    </Box>
  );
}

/** A task's id in the old tracker, before its title. */
function JiraId({ id }: { id: string | null }) {
  if (!id) return null;
  return (
    <Box component="span" sx={{ color: "text.secondary", fontWeight: 450, mr: 0.75, whiteSpace: "nowrap" }}>
      {`${id} `}
    </Box>
  );
}
