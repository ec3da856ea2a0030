import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Typography } from "@mui/material";
import { useState } from "react";
import type { Account } from "../../app/api/clients.ts";
import { isRole, type Role } from "../../app/rights.ts";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { RoleSelect } from "../RoleSelect.tsx";
import { useChangeAccount } from "./useChangeAccount.ts";

interface Props {
  account: Account;
  onClose: () => void;
}

export function RoleDialog({ account, onClose }: Props) {
  const { t } = useLingui();
  const { name } = account;
  const problemText = useProblemText();
  const [role, setRole] = useState<Role>(isRole(account.role) ? account.role : "worker");
  const change = useChangeAccount(account, onClose);
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="change-role">
      <DialogTitle id="change-role" variant="h2">
        <Trans>Role of {name}</Trans>
      </DialogTitle>
      <DialogContent>
        <RoleSelect value={role} onChange={setRole} label={t`Role`} />
        <Typography variant="body2" color="textSecondary" sx={{ mt: 1.5 }}>
          <Trans>It takes effect within 15 minutes, with the next token. Tasks stay where they are.</Trans>
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
          loading={change.isPending}
          onClick={() => {
            change.mutate({ role });
          }}
        >
          <Trans>Change role</Trans>
        </Button>
      </DialogActions>
    </Dialog>
  );
}
