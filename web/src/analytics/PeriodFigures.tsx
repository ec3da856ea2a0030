import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import type { AnalyticsDay } from "../app/api/clients.ts";
import { CountBars } from "../app/charts/CountBars.tsx";
import { MoneyBars } from "../app/charts/MoneyBars.tsx";
import { useApp } from "../app/context.ts";
import type { Days } from "../app/format/days.ts";
import { sum } from "../app/format/money.ts";
import { Amount } from "../app/ui/Amount.tsx";
import { Card } from "../app/ui/Card.tsx";
import { ExportButton } from "../app/ui/ExportButton.tsx";
import { QueryPanel } from "../app/ui/QueryPanel.tsx";
import { Tile, Tiles } from "../app/ui/Tiles.tsx";
import { useFormat } from "../app/useFormat.ts";
import { AsOf } from "./AsOf.tsx";
import { AnalyticsTable } from "./AnalyticsTable.tsx";
import { TopReward } from "./TopReward.tsx";
import { TopTask } from "./TopTask.tsx";
import { days as daysQuery, topTasks } from "./queries.ts";
import { toRows } from "./rows.ts";

/** The figures of a period: in sum, as charts where there is more than one day, and day by day. */
export function PeriodFigures({ days }: { days: Days }) {
  const { t } = useLingui();
  const { apis } = useApp();
  const format = useFormat();
  const query = useQuery({ ...daysQuery(apis, days), placeholderData: (before) => before });
  const top = useQuery({ ...topTasks(apis, days), placeholderData: (before) => before });
  const title =
    days.from === days.to
      ? format.day(days.from)
      : `${format.shortDay(days.from)} – ${format.shortDay(days.to)}`;
  return (
    <>
      <QueryPanel query={query} loading={<Tiles loading={2} />}>
        {(found) => (
          <>
            <Tiles>
              <Tile label={t`Management earnings`} note={title}>
                <Total days={found.items} />
              </Tile>
              <Tile label={t`Most expensive task`} note={top.data?.top && <TopTask top={top.data.top} />}>
                <TopReward query={top} />
              </Tile>
            </Tiles>
            <AsOf at={found.as_of} />
            {found.items.length > 1 && <Charts days={found.items} />}
          </>
        )}
      </QueryPanel>
      <QueryPanel query={top} loading={null}>
        {(tasks) => (
          <Card
            title={<Trans>By day</Trans>}
            aside={
              <ExportButton
                name={`ates-analytics-${days.from}-${days.to}.csv`}
                rows={() => Promise.resolve(toRows(query.data?.items ?? [], tasks))}
              />
            }
          >
            <AnalyticsTable days={query.data?.items ?? []} tasks={tasks} />
          </Card>
        )}
      </QueryPanel>
    </>
  );
}

function Total({ days }: { days: readonly AnalyticsDay[] }) {
  const total = sum(days.map((day) => day.management_earnings));
  return total ? <Amount money={total} signed /> : "–";
}

function Charts({ days }: { days: readonly AnalyticsDay[] }) {
  const { t } = useLingui();
  return (
    <>
      <Card title={<Trans>Management earnings by day</Trans>} padded mb={2}>
        <MoneyBars
          label={t`Management earnings by day`}
          bars={days.map((day) => ({ day: day.day, money: day.management_earnings }))}
        />
      </Card>
      <Card title={<Trans>Accounts in the minus by day</Trans>} padded mb={2}>
        <CountBars
          label={t`Accounts in the minus by day`}
          bars={days.map((day) => ({ day: day.day, value: day.accounts_in_minus }))}
        />
      </Card>
    </>
  );
}
