import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Typography } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { CalendarCheck2 } from "lucide-react";
import { useState } from "react";
import { body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useCommand } from "../../app/useCommand.ts";

/** Closes the days that are over, after asking; says what that comes to. */
export function CloseNowButton() {
  const { t } = useLingui();
  const { apis } = useApp();
  const client = useQueryClient();
  const problemText = useProblemText();
  const [open, setOpen] = useState(false);
  const close = useCommand({
    name: "close-now",
    send: (_input: null, key) =>
      body(apis.accounting.POST("/closes", { params: { header: { "Idempotency-Key": key } } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["accounting"] }),
  });
  const started = close.data;
  const dismiss = () => {
    setOpen(false);
  };
  return (
    <>
      <Button
        variant="contained"
        startIcon={<CalendarCheck2 size={16} aria-hidden />}
        onClick={() => {
          close.reset();
          setOpen(true);
        }}
      >
        <Trans>Close now</Trans>
      </Button>
      <Dialog open={open} onClose={dismiss} maxWidth="xs" fullWidth aria-labelledby="close-now">
        <DialogTitle id="close-now" variant="h2">
          <Trans>Close the days that are over?</Trans>
        </DialogTitle>
        <DialogContent>
          {started ? (
            <Alert severity="success">
              {started.accounts === 0 ? (
                <Trans>Every day that is over is closed already.</Trans>
              ) : (
                <Plural
                  value={started.accounts}
                  one="# account is being closed. The list shows how it goes."
                  other="# accounts are being closed. The list shows how it goes."
                />
              )}
            </Alert>
          ) : (
            <Typography>
              <Trans>
                This does what the schedule does every few minutes: positive balances are paid out, and
                reports are mailed. Today stays open.
              </Trans>
            </Typography>
          )}
          {close.error && (
            <Alert severity="error" sx={{ mt: 2 }}>
              {problemText(close.error)}
            </Alert>
          )}
        </DialogContent>
        <DialogActions>
          <Button onClick={dismiss}>{started ? t`Done` : t`Cancel`}</Button>
          {!started && (
            <Button
              variant="contained"
              loading={close.isPending}
              onClick={() => {
                close.mutate(null);
              }}
            >
              <Trans>Close now</Trans>
            </Button>
          )}
        </DialogActions>
      </Dialog>
    </>
  );
}
