import { Trans, useLingui } from "@lingui/react/macro";
import { Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import type { AnalyticsDay, TopTasks } from "../app/api/clients.ts";
import { Amount } from "../app/ui/Amount.tsx";
import { TableScroll } from "../app/ui/TableScroll.tsx";
import { useFormat } from "../app/useFormat.ts";
import { TopTask } from "./TopTask.tsx";
import { topByDay } from "./rows.ts";

interface Props {
  days: readonly AnalyticsDay[];
  tasks: TopTasks;
}

/** What the charts show, in figures, and each day's most expensive task. */
export function AnalyticsTable({ days, tasks }: Props) {
  const { t } = useLingui();
  const format = useFormat();
  const tops = topByDay(tasks);
  return (
    <TableScroll label={t`Analytics by day`}>
      <Table>
        <TableHead>
          <TableRow>
            <TableCell>
              <Trans>Business day</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Management earnings</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>In the minus</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Fees</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Rewards</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Top reward</Trans>
            </TableCell>
            <TableCell>
              <Trans>Most expensive task</Trans>
            </TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {days.map((day) => {
            const top = tops.get(day.day);
            return (
              <TableRow key={day.day} hover>
                <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
                  {format.shortDay(day.day)}
                </TableCell>
                <TableCell align="right">
                  <Amount money={day.management_earnings} signed />
                </TableCell>
                <TableCell align="right">{format.number(day.accounts_in_minus)}</TableCell>
                <TableCell align="right">
                  <Amount money={day.fees} />
                </TableCell>
                <TableCell align="right">
                  <Amount money={day.rewards} />
                </TableCell>
                <TableCell align="right">{top ? <Amount money={top.completion_reward} /> : "–"}</TableCell>
                <TableCell sx={{ minWidth: 180 }}>{top && <TopTask top={top} />}</TableCell>
              </TableRow>
            );
          })}
        </TableBody>
      </Table>
    </TableScroll>
  );
}
