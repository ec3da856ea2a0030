import { Trans, useLingui } from "@lingui/react/macro";
import { Link, Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { CalendarCheck2 } from "lucide-react";
import { Link as RouterLink } from "react-router";
import { body, type Close } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { RangeControls } from "../../app/range/RangeControls.tsx";
import { useRange } from "../../app/range/useRange.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { TableScroll } from "../../app/ui/TableScroll.tsx";
import { When } from "../../app/ui/When.tsx";
import { Zone } from "../../app/Zone.tsx";
import { useFormat } from "../../app/useFormat.ts";
import { CloseNowButton } from "./CloseNowButton.tsx";
import { CloseState } from "./CloseState.tsx";

/** Hidden on a phone, so that the payouts fit; the page of the close shows the number. */
const WIDE = { display: { xs: "none", sm: "table-cell" } };

/** The daily closes, and doing now what the schedule does. */
export default function ClosesPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const range = useRange();
  const { from, to } = range;
  const query = useQuery({
    queryKey: ["accounting", "closes", from, to],
    queryFn: ({ signal }) =>
      body(apis.accounting.GET("/closes", { params: { query: { from, to } }, signal })).then(
        ({ items }) => items,
      ),
    placeholderData: (before) => before,
  });
  return (
    <Page title={t`Daily closes`} subtitle={<Zone />} actions={<CloseNowButton />} wide>
      <RangeControls range={range} />
      <Card>
        <QueryPanel query={query}>
          {(closes) =>
            closes.length > 0 ? (
              <ClosesTable closes={closes} />
            ) : (
              <Empty icon={CalendarCheck2} title={<Trans>No day of this range is closed yet</Trans>}>
                <Trans>A day is closed by itself a few minutes after it is over.</Trans>
              </Empty>
            )
          }
        </QueryPanel>
      </Card>
    </Page>
  );
}

function ClosesTable({ closes }: { closes: readonly Close[] }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <TableScroll label={t`Daily closes`}>
      <Table>
        <TableHead>
          <TableRow>
            <TableCell>
              <Trans>Business day</Trans>
            </TableCell>
            <TableCell>
              <Trans>State</Trans>
            </TableCell>
            <TableCell align="right" sx={WIDE}>
              <Trans>Accounts</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Payouts</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Started</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Finished</Trans>
            </TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {closes.map((close) => (
            <TableRow key={close.day} hover>
              <TableCell component="th" scope="row" sx={{ whiteSpace: "nowrap" }}>
                <Link component={RouterLink} to={`/closes/${close.day}`} color="textPrimary">
                  {format.shortDay(close.day)}
                </Link>
              </TableCell>
              <TableCell>
                <CloseState close={close} />
              </TableCell>
              <TableCell align="right" sx={WIDE}>
                {format.number(close.accounts_closed)}
              </TableCell>
              <TableCell align="right">
                <Amount money={close.payouts} />
              </TableCell>
              <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
                {close.started_at && <When at={close.started_at} />}
              </TableCell>
              <TableCell align="right" sx={{ whiteSpace: "nowrap" }}>
                {close.finished_at && <When at={close.finished_at} />}
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </TableScroll>
  );
}
