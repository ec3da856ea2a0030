import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { body, type CompanyDay } from "../../app/api/clients.ts";
import { MoneyBars } from "../../app/charts/MoneyBars.tsx";
import { useApp } from "../../app/context.ts";
import { RangeControls } from "../../app/range/RangeControls.tsx";
import { useRange } from "../../app/range/useRange.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { Card } from "../../app/ui/Card.tsx";
import { ExportButton } from "../../app/ui/ExportButton.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { Tile, Tiles } from "../../app/ui/Tiles.tsx";
import { Zone } from "../../app/Zone.tsx";
import { DaysTable } from "./DaysTable.tsx";
import { toRows, totals } from "./days.ts";

/** The company's statistics by business day: as figures, as a chart, as a table. */
export default function CompanyPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const range = useRange();
  const { from, to } = range;
  const query = useQuery({
    queryKey: ["accounting", "days", from, to],
    queryFn: ({ signal }) =>
      body(apis.accounting.GET("/days", { params: { query: { from, to } }, signal })).then(
        ({ items }) => items,
      ),
    placeholderData: (before) => before,
  });
  const save = (
    <ExportButton
      name={`ates-company-${from}-${to}.csv`}
      rows={async (signal) =>
        toRows((await body(apis.accounting.GET("/days", { params: { query: { from, to } }, signal }))).items)
      }
    />
  );
  return (
    <Page title={t`Company`} subtitle={<Zone />} actions={save} wide>
      <RangeControls range={range} />
      <QueryPanel query={query} loading={<Tiles loading={4} />}>
        {(days) => (
          <>
            <Totals days={days} />
            <Card title={<Trans>Management earnings by day</Trans>} padded mb={2}>
              <MoneyBars
                label={t`Management earnings by day`}
                bars={days.map((day) => ({ day: day.day, money: day.management_earnings }))}
              />
            </Card>
            <Card title={<Trans>By day</Trans>}>
              <DaysTable days={days} />
            </Card>
          </>
        )}
      </QueryPanel>
    </Page>
  );
}

function Totals({ days }: { days: readonly CompanyDay[] }) {
  const { t } = useLingui();
  const total = totals(days);
  if (!total) return null;
  return (
    <Tiles>
      <Tile label={t`Management earnings`} note={t`Fees less rewards, with corrections`}>
        <Amount money={total.management_earnings} signed />
      </Tile>
      <Tile label={t`Fees`}>
        <Amount money={total.fees} />
      </Tile>
      <Tile label={t`Rewards`}>
        <Amount money={total.rewards} />
      </Tile>
      <Tile label={t`Payouts`}>
        <Amount money={total.payouts} />
      </Tile>
    </Tiles>
  );
}
