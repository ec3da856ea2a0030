import { Trans } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { CircleSlash } from "lucide-react";
import type { Task } from "../../app/api/clients.ts";
import { useAsking } from "../useAsking.ts";
import { AskToCancel } from "./AskToCancel.tsx";

/** The way to cancel the task from its page. */
export function CancelHere({ task }: { task: Task }) {
  const { asking, button, decline } = useAsking();
  if (asking) return <AskToCancel task={task} onDecline={decline} />;
  return (
    <Button startIcon={<CircleSlash size={16} aria-hidden />} color="error" {...button}>
      <Trans>Cancel task</Trans>
    </Button>
  );
}
