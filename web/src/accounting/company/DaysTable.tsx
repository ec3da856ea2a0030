import { Trans, useLingui } from "@lingui/react/macro";
import { Table, TableBody, TableCell, TableFooter, TableHead, TableRow } from "@mui/material";
import type { CompanyDay } from "../../app/api/clients.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { TableScroll } from "../../app/ui/TableScroll.tsx";
import { useFormat } from "../../app/useFormat.ts";
import { type Column, COLUMNS, totals } from "./days.ts";

/** The same days as the chart, with all their sums. */
export function DaysTable({ days }: { days: readonly CompanyDay[] }) {
  const { t } = useLingui();
  const format = useFormat();
  const total = totals(days);
  const names: Record<Column, string> = {
    fees: t`Fees`,
    rewards: t`Rewards`,
    fee_corrections: t`Fee corrections`,
    reward_corrections: t`Reward corrections`,
    management_earnings: t`Management earnings`,
    payouts: t`Payouts`,
  };
  return (
    <TableScroll label={t`Company statistics by day`}>
      <Table>
        <TableHead>
          <TableRow>
            <TableCell>
              <Trans>Business day</Trans>
            </TableCell>
            {COLUMNS.map((column) => (
              <TableCell key={column} align="right">
                {names[column]}
              </TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {days.map((day) => (
            <TableRow key={day.day} hover>
              <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
                {format.shortDay(day.day)}
              </TableCell>
              {COLUMNS.map((column) => (
                <TableCell key={column} align="right">
                  <Amount money={day[column]} signed={column === "management_earnings"} />
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
        {total && (
          <TableFooter>
            <TableRow>
              <TableCell component="th" scope="row">
                <Trans>Total</Trans>
              </TableCell>
              {COLUMNS.map((column) => (
                <TableCell key={column} align="right">
                  <Amount money={total[column]} signed={column === "management_earnings"} />
                </TableCell>
              ))}
            </TableRow>
          </TableFooter>
        )}
      </Table>
    </TableScroll>
  );
}
