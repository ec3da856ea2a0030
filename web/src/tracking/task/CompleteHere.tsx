import { Trans } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { Check } from "lucide-react";
import type { FullTask } from "../../app/api/clients.ts";
import { AskToComplete } from "../mine/AskToComplete.tsx";
import { useAsking } from "../useAsking.ts";

/** The assignee's way to complete the task from its page. */
export function CompleteHere({ task }: { task: FullTask }) {
  const { asking, button, decline } = useAsking();
  if (asking) return <AskToComplete task={task} onDecline={decline} />;
  return (
    <Button variant="contained" startIcon={<Check size={16} aria-hidden />} {...button}>
      <Trans>Complete</Trans>
    </Button>
  );
}
