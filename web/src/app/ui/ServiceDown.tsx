import { Trans } from "@lingui/react/macro";
import { Alert, Button, Typography } from "@mui/material";
import { useSyncExternalStore } from "react";
import { health } from "../api/health.ts";
import { Problem } from "../api/problem.ts";
import { useFormat } from "../useFormat.ts";
import { useProblemText } from "./useProblemText.ts";

interface Props {
  error: Error;
  /** When what is still shown was answered; 0 when nothing is. */
  shownFrom: number;
  onRetry: () => void;
}

/** What a panel says when its service gave no answer; it is asked again by itself every few seconds. */
export function ServiceDown({ error, shownFrom, onRetry }: Props) {
  const format = useFormat();
  const text = useProblemText();
  const services = useSyncExternalStore(health.subscribe, health.snapshot);
  const problem = error instanceof Problem ? error : null;
  const since = problem && services[problem.service];
  const downSince = since ? format.time(since) : null;
  const asOf = format.time(shownFrom);
  const correlationId = problem?.correlationId;
  return (
    <Alert
      severity={problem?.answered ? "error" : "warning"}
      sx={{ m: 1.5 }}
      action={
        <Button color="inherit" size="small" onClick={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      }
    >
      {text(error)}
      {downSince ? (
        <>
          {" "}
          <Trans>No answer since {downSince}; trying again every few seconds.</Trans>
        </>
      ) : null}
      {shownFrom > 0 && (
        <>
          {" "}
          <Trans>Shown as of {asOf}.</Trans>
        </>
      )}
      {correlationId && (
        <Typography variant="caption" component="div" sx={{ mt: 0.5 }}>
          <Trans>Correlation id {correlationId}</Trans>
        </Typography>
      )}
    </Alert>
  );
}
