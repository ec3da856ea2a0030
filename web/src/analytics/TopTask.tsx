import { useLingui } from "@lingui/react/macro";
import { Link } from "@mui/material";
import { Link as RouterLink } from "react-router";
import type { Top } from "./queries.ts";

/** A link to the task; its title may not have come from its service yet. */
export function TopTask({ top }: { top: Top }) {
  const { t } = useLingui();
  return (
    <Link component={RouterLink} to={`/tasks/${top.task_id}`} color="inherit">
      {top.jira_id ? `${top.jira_id} ` : ""}
      {top.title ?? t`A task without a title yet`}
    </Link>
  );
}
