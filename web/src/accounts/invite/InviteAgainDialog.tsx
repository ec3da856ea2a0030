import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Typography } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { type Account, body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { useToast } from "../../app/ui/Toasts.tsx";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useCommand } from "../../app/useCommand.ts";
import { ACCOUNTS } from "../accounts.ts";

interface Props {
  account: Account;
  onClose: () => void;
}

/** Asks before a new password goes out, for it ends the earlier one. */
export function InviteAgainDialog({ account, onClose }: Props) {
  const { t } = useLingui();
  const { apis } = useApp();
  const { account_id, name, email } = account;
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const send = useCommand({
    name: `invite-again:${account_id}`,
    send: (_input: null, key) =>
      body(
        apis.auth.POST("/accounts/{account_id}/invitation", {
          params: { path: { account_id }, header: { "Idempotency-Key": key } },
        }),
      ),
    onSuccess: () => {
      toast(t`The invitation is sent again to ${email}.`);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ACCOUNTS }),
  });
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="invite-again">
      <DialogTitle id="invite-again" variant="h2">
        <Trans>Invite {name} again?</Trans>
      </DialogTitle>
      <DialogContent>
        <Typography>
          <Trans>
            A mail with a new password, good for 7 days, goes to {email}. The earlier password stops working.
          </Trans>
        </Typography>
        {send.error && (
          <Alert severity="error" sx={{ mt: 2 }}>
            {problemText(send.error)}
          </Alert>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          variant="contained"
          loading={send.isPending}
          onClick={() => {
            send.mutate(null);
          }}
        >
          <Trans>Send again</Trans>
        </Button>
      </DialogActions>
    </Dialog>
  );
}
