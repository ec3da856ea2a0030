import { Trans, useLingui } from "@lingui/react/macro";
import { IconButton, Menu, MenuItem, Typography } from "@mui/material";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { Account } from "../../app/api/clients.ts";
import { isInvitable } from "../accounts.ts";
import { InviteAgainDialog } from "../invite/InviteAgainDialog.tsx";
import { RoleDialog } from "./RoleDialog.tsx";
import { StatusDialog } from "./StatusDialog.tsx";

interface Props {
  account: Account;
  lastAdmin: boolean;
}

type Change = "role" | "status" | "invitation";

/** What can be changed about an account; for the last admin, why nothing can. */
export function AccountMenu({ account, lastAdmin }: Props) {
  const { t } = useLingui();
  const { name } = account;
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [dialog, setDialog] = useState<Change | null>(null);
  const open = (which: Change) => () => {
    setAnchor(null);
    setDialog(which);
  };
  const close = () => {
    setDialog(null);
  };
  return (
    <>
      <IconButton
        size="small"
        aria-label={t`Change ${name}`}
        aria-haspopup="menu"
        onClick={(event) => {
          setAnchor(event.currentTarget);
        }}
      >
        <Ellipsis size={18} aria-hidden />
      </IconButton>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={() => {
          setAnchor(null);
        }}
        slotProps={{ list: { dense: true } }}
      >
        {isInvitable(account) && (
          <MenuItem onClick={open("invitation")}>
            <Trans>Send the invitation again</Trans>
          </MenuItem>
        )}
        <MenuItem onClick={open("role")} disabled={lastAdmin}>
          <Trans>Change role</Trans>
        </MenuItem>
        <MenuItem onClick={open("status")} disabled={lastAdmin}>
          {account.status === "active" ? <Trans>Deactivate</Trans> : <Trans>Reactivate</Trans>}
        </MenuItem>
        {lastAdmin && (
          <MenuItem
            disableRipple
            sx={{ whiteSpace: "normal", maxWidth: 260 }}
            onClick={() => {
              setAnchor(null);
            }}
          >
            <Typography variant="caption" color="textSecondary">
              <Trans>This is the last active admin. Make somebody else admin first.</Trans>
            </Typography>
          </MenuItem>
        )}
      </Menu>
      {dialog === "invitation" && <InviteAgainDialog account={account} onClose={close} />}
      {dialog === "role" && <RoleDialog account={account} onClose={close} />}
      {dialog === "status" && <StatusDialog account={account} onClose={close} />}
    </>
  );
}
