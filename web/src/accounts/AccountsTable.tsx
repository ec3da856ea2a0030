import { Trans, useLingui } from "@lingui/react/macro";
import { Table, TableBody, TableCell, TableHead, TableRow, Typography } from "@mui/material";
import { CircleCheck, CircleSlash } from "lucide-react";
import type { Account } from "../app/api/clients.ts";
import { StatusChip } from "../app/ui/StatusChip.tsx";
import { When } from "../app/ui/When.tsx";
import { useRoleName } from "../app/ui/useRoleName.ts";
import { AccountMenu } from "./change/AccountMenu.tsx";

interface Props {
  accounts: readonly Account[];
  lastAdmin: string | null;
}

const MIDDLE = { display: { xs: "none", sm: "table-cell" } };
const WIDE = { display: { xs: "none", md: "table-cell" } };

export function AccountsTable({ accounts, lastAdmin }: Props) {
  const { t } = useLingui();
  const roleName = useRoleName();
  return (
    <Table aria-label={t`Accounts`}>
      <TableHead>
        <TableRow>
          <TableCell>
            <Trans>Name</Trans>
          </TableCell>
          <TableCell sx={MIDDLE}>
            <Trans>Role</Trans>
          </TableCell>
          <TableCell sx={MIDDLE}>
            <Trans>State</Trans>
          </TableCell>
          <TableCell sx={WIDE} align="right">
            <Trans>Created</Trans>
          </TableCell>
          <TableCell align="right">
            <Trans>Change</Trans>
          </TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {accounts.map((account) => (
          <TableRow key={account.account_id} hover>
            <TableCell>
              <Typography variant="body2" sx={{ fontWeight: 550 }}>
                {account.name}
              </Typography>
              <Typography variant="caption" color="textSecondary" component="div">
                {account.email}
              </Typography>
              <Typography variant="caption" component="div" sx={{ display: { sm: "none" } }}>
                {roleName(account.role)}
                {account.status === "deactivated" && `, ${t`Deactivated`}`}
              </Typography>
            </TableCell>
            <TableCell sx={MIDDLE}>{roleName(account.role)}</TableCell>
            <TableCell sx={MIDDLE}>
              {account.status === "active" ? (
                <StatusChip icon={CircleCheck} label={t`Active`} tone="success" />
              ) : (
                <StatusChip icon={CircleSlash} label={t`Deactivated`} tone="neutral" />
              )}
            </TableCell>
            <TableCell sx={WIDE} align="right">
              <When at={account.created_at} />
            </TableCell>
            <TableCell align="right" sx={{ width: "1px" }}>
              <AccountMenu account={account} lastAdmin={lastAdmin === account.account_id} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
