import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Table, TableBody, TableCell, TableHead, TableRow, Typography } from "@mui/material";
import type { Account } from "../app/api/clients.ts";
import { hidden } from "../app/ui/hidden.ts";
import { When } from "../app/ui/When.tsx";
import { useRoleName } from "../app/ui/useRoleName.ts";
import { AccountNotes } from "./AccountNotes.tsx";
import { StateChip } from "./StateChip.tsx";
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
            <Box component="span" sx={(theme) => ({ [theme.breakpoints.down("sm")]: hidden })}>
              <Trans>Change</Trans>
            </Box>
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
              <Typography
                variant="caption"
                color="textSecondary"
                component="div"
                sx={{ overflowWrap: "anywhere" }}
              >
                {account.email}
              </Typography>
              <Typography
                variant="caption"
                component="div"
                sx={{
                  display: { xs: "flex", sm: "none" },
                  flexWrap: "wrap",
                  gap: 1,
                  alignItems: "center",
                  mt: 0.5,
                }}
              >
                {roleName(account.role)}
                <StateChip account={account} />
              </Typography>
              <AccountNotes account={account} />
            </TableCell>
            <TableCell sx={MIDDLE}>{roleName(account.role)}</TableCell>
            <TableCell sx={MIDDLE}>
              <StateChip account={account} />
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
