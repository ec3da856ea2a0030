import { Trans } from "@lingui/react/macro";
import { Box, Button } from "@mui/material";
import { Check } from "lucide-react";
import { useState } from "react";
import type { FullTask } from "../../app/api/clients.ts";
import { AskToComplete } from "../mine/AskToComplete.tsx";

/** The assignee's way to complete the task from its page. */
export function CompleteHere({ task }: { task: FullTask }) {
  const [asking, setAsking] = useState(false);
  return (
    <Box sx={{ mt: 2.5, display: "flex" }}>
      {asking ? (
        <AskToComplete
          task={task}
          onCancel={() => {
            setAsking(false);
          }}
        />
      ) : (
        <Button
          variant="contained"
          startIcon={<Check size={16} aria-hidden />}
          onClick={() => {
            setAsking(true);
          }}
        >
          <Trans>Complete</Trans>
        </Button>
      )}
    </Box>
  );
}
