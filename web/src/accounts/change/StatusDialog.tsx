import { Trans } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Typography } from "@mui/material";
import type { Account } from "../../app/api/clients.ts";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useChangeAccount } from "./useChangeAccount.ts";

interface Props {
  account: Account;
  onClose: () => void;
}

/** Asks before somebody is locked out, or let in again. */
export function StatusDialog({ account, onClose }: Props) {
  const { name } = account;
  const problemText = useProblemText();
  const change = useChangeAccount(account, onClose);
  const active = account.status === "active";
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="change-status">
      <DialogTitle id="change-status" variant="h2">
        {active ? <Trans>Deactivate {name}?</Trans> : <Trans>Reactivate {name}?</Trans>}
      </DialogTitle>
      <DialogContent>
        <Typography>
          {active ? (
            <Trans>
              They can't sign in any more and are assigned no new tasks. Their tasks and their balance stay.
            </Trans>
          ) : (
            <Trans>They can sign in again with the role they had, and may be assigned tasks.</Trans>
          )}
        </Typography>
        {change.error && (
          <Alert severity="error" sx={{ mt: 2 }}>
            {problemText(change.error)}
          </Alert>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          variant="contained"
          color={active ? "error" : "primary"}
          loading={change.isPending}
          onClick={() => {
            change.mutate({ status: active ? "deactivated" : "active" });
          }}
        >
          {active ? <Trans>Deactivate</Trans> : <Trans>Reactivate</Trans>}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
