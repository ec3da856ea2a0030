import { Trans, useLingui } from "@lingui/react/macro";
import {
  Link,
  Table,
  TableBody,
  TableCell,
  TableFooter,
  TableHead,
  TableRow,
  Typography,
} from "@mui/material";
import { Link as RouterLink } from "react-router";
import type { ListedBalance } from "../../app/api/clients.ts";
import { sum } from "../../app/format/money.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { useRoleName } from "../../app/ui/useRoleName.ts";
import type { Order } from "./balances.ts";
import { SortedHead } from "./SortedHead.tsx";

interface Props {
  balances: readonly ListedBalance[];
  /** Everything is loaded, so the total is that of all. */
  whole: boolean;
  order: Order;
  onOrder: (order: Order) => void;
}

export function BalancesTable({ balances, whole, order, onOrder }: Props) {
  const { t } = useLingui();
  const roleName = useRoleName();
  const total = sum(balances.map((one) => one.balance));
  return (
    <Table aria-label={t`Balances`}>
      <TableHead>
        <TableRow>
          <SortedHead by="name" order={order} onOrder={onOrder}>
            <Trans>Name</Trans>
          </SortedHead>
          <TableCell sx={{ display: { xs: "none", sm: "table-cell" } }}>
            <Trans>Role</Trans>
          </TableCell>
          <SortedHead by="balance" align="right" order={order} onOrder={onOrder}>
            <Trans>Balance</Trans>
          </SortedHead>
        </TableRow>
      </TableHead>
      <TableBody>
        {balances.map(({ account, role, status, balance }) => (
          <TableRow key={account.account_id} hover>
            <TableCell>
              <Link
                component={RouterLink}
                to={`/balances/${account.account_id}`}
                color="textPrimary"
                sx={{ fontWeight: 500 }}
              >
                {account.name || t`Not known yet`}
              </Link>
              {status === "deactivated" && (
                <Typography variant="caption" color="textSecondary" component="div">
                  <Trans>Deactivated</Trans>
                </Typography>
              )}
            </TableCell>
            <TableCell sx={{ display: { xs: "none", sm: "table-cell" }, color: "text.secondary" }}>
              {roleName(role)}
            </TableCell>
            <TableCell align="right">
              <Amount money={balance} />
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
      {total && (
        <TableFooter>
          <TableRow>
            <TableCell component="th" scope="row">
              {whole ? <Trans>Total of what is listed</Trans> : <Trans>Total of what is loaded</Trans>}
            </TableCell>
            <TableCell sx={{ display: { xs: "none", sm: "table-cell" } }} />
            <TableCell align="right">
              <Amount money={total} />
            </TableCell>
          </TableRow>
        </TableFooter>
      )}
    </Table>
  );
}
