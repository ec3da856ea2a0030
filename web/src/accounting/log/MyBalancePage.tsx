import { Trans, useLingui } from "@lingui/react/macro";
import { useApp } from "../../app/context.ts";
import { parseDay } from "../../app/format/days.ts";
import { ExportButton } from "../../app/ui/ExportButton.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { Tile, Tiles } from "../../app/ui/Tiles.tsx";
import { useAddress } from "../../app/useAddress.ts";
import { useFormat } from "../../app/useFormat.ts";
import { useMyBalance } from "../../app/useMyBalance.ts";
import { allPages } from "../../app/usePages.ts";
import { Zone } from "../../app/Zone.tsx";
import { Amount } from "../../app/ui/Amount.tsx";
import { wholeLog } from "../queries.ts";
import { DayFilter } from "./DayFilter.tsx";
import { EntryLog } from "./EntryLog.tsx";
import { toRows } from "./entries.ts";

/** What one has, and every entry that made it so. */
export default function MyBalancePage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const format = useFormat();
  const log = { of: "me", day: parseDay(useAddress().get("day")) };
  const balance = useMyBalance();
  const actions = (
    <>
      <DayFilter />
      <ExportButton
        name={`ates-my-log${log.day ? `-${log.day}` : ""}.csv`}
        rows={async (signal, onProgress) => toRows(await allPages(wholeLog(apis, log), signal, onProgress))}
      />
    </>
  );
  return (
    <Page title={t`My balance`} subtitle={<Zone />} actions={actions}>
      <QueryPanel query={balance} loading={<Tiles loading={2} />}>
        {({ balance: money, earned_today, business_day }) => (
          <Tiles>
            <Tile label={t`Balance`} note={<Trans>Paid out after the day when it is positive</Trans>}>
              <Amount money={money} />
            </Tile>
            <Tile label={t`Earned today`} note={format.day(business_day)}>
              <Amount money={earned_today} signed />
            </Tile>
          </Tiles>
        )}
      </QueryPanel>
      <EntryLog log={log} />
    </Page>
  );
}
