import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Typography } from "@mui/material";
import type { Task } from "../../app/api/clients.ts";
import { useCompleteTask } from "../useCompleteTask.ts";

interface Props {
  task: Task;
  onCancel: () => void;
}

/** The question before the reward is booked; Escape takes it back. */
export function AskToComplete({ task, onCancel }: Props) {
  const { t } = useLingui();
  const { title } = task;
  const complete = useCompleteTask();
  return (
    <Box
      role="group"
      aria-label={t`Complete "${title}"?`}
      onKeyDown={(event) => {
        if (event.key === "Escape") onCancel();
      }}
      sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 1, ml: "auto" }}
    >
      <Typography variant="body2" color="textSecondary">
        <Trans>Books your reward. Can't be undone.</Trans>
      </Typography>
      <Button
        size="small"
        variant="contained"
        // The question took the place of the button that was in focus.
        autoFocus
        disabled={complete.isPending}
        onClick={() => {
          complete.mutate(task);
        }}
      >
        <Trans>Complete</Trans>
      </Button>
      <Button size="small" onClick={onCancel}>
        <Trans>Cancel</Trans>
      </Button>
    </Box>
  );
}
