import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Table, TableBody, TableCell, TableFooter, TableHead, TableRow } from "@mui/material";
import { Link as RouterLink } from "react-router";
import type { Payout } from "../../app/api/clients.ts";
import { sum } from "../../app/format/money.ts";
import { Amount } from "../../app/ui/Amount.tsx";

interface Props {
  day: string;
  payouts: readonly Payout[];
  /** Everything is loaded, so the total is that of all. */
  whole: boolean;
}

/** Whom to pay what; a name leads to the account's entries of the day. */
export function PayoutsTable({ day, payouts, whole }: Props) {
  const { t } = useLingui();
  const total = sum(payouts.map((payout) => payout.amount));
  return (
    <Table aria-label={t`Payouts`}>
      <TableHead>
        <TableRow>
          <TableCell>
            <Trans>Name</Trans>
          </TableCell>
          <TableCell align="right">
            <Trans>To pay</Trans>
          </TableCell>
        </TableRow>
      </TableHead>
      <TableBody>
        {payouts.map(({ account, amount, entry_id }) => (
          <TableRow key={entry_id} hover>
            <TableCell>
              <Link
                component={RouterLink}
                to={`/balances/${account.account_id}?day=${day}`}
                color="textPrimary"
                sx={{ fontWeight: 500 }}
              >
                {account.name}
              </Link>
            </TableCell>
            <TableCell align="right">
              <Amount money={amount} />
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
            <TableCell align="right">
              <Amount money={total} />
            </TableCell>
          </TableRow>
        </TableFooter>
      )}
    </Table>
  );
}
