import { Trans } from "@lingui/react/macro";
import { Stack, Typography } from "@mui/material";
import { type LucideIcon, MailCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Account } from "../app/api/clients.ts";
import { useFormat } from "../app/useFormat.ts";
import { isInvitable } from "./accounts.ts";

/** What else is to know of an account, and what to do about it. */
export function AccountNotes({ account }: { account: Account }) {
  const format = useFormat();
  const sent = account.invited_at && format.recent(account.invited_at);
  return (
    <>
      {isInvitable(account) && sent && (
        <Note icon={MailCheck}>
          <Trans>Invitation sent {sent}</Trans>
        </Note>
      )}
      {account.identity === "differs" && (
        <Note icon={TriangleAlert} warns>
          <Trans>
            The sign-in service has other data for this account. It is set right within the hour, or at once
            with <code>ates accounts reconcile</code>.
          </Trans>
        </Note>
      )}
      {account.identity === "missing" && (
        <Note icon={TriangleAlert} warns>
          <Trans>
            The sign-in service has no user for this account, so its owner can't sign in. Deactivate it, and
            invite the person with another address.
          </Trans>
        </Note>
      )}
    </>
  );
}

interface NoteProps {
  icon: LucideIcon;
  warns?: boolean;
  children: ReactNode;
}

function Note({ icon: Icon, warns = false, children }: NoteProps) {
  return (
    <Stack
      direction="row"
      sx={{ gap: 0.75, mt: 0.25, maxWidth: 460, color: warns ? "warning.main" : "text.secondary" }}
    >
      <Icon size={14} aria-hidden style={{ flexShrink: 0, marginTop: 3 }} />
      <Typography variant="caption" component="div">
        {children}
      </Typography>
    </Stack>
  );
}
