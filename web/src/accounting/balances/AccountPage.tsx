import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { Link as RouterLink, useParams } from "react-router";
import { body } from "../../app/api/clients.ts";
import { useApp, useMay } from "../../app/context.ts";
import { parseDay } from "../../app/format/days.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { ExportButton } from "../../app/ui/ExportButton.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { Tile, Tiles } from "../../app/ui/Tiles.tsx";
import { useAddress } from "../../app/useAddress.ts";
import { useFormat } from "../../app/useFormat.ts";
import { allPages } from "../../app/usePages.ts";
import { DayFilter } from "../log/DayFilter.tsx";
import { EntryLog } from "../log/EntryLog.tsx";
import { toRows } from "../log/entries.ts";
import { wholeLog } from "../queries.ts";
import { CorrectButton } from "./CorrectButton.tsx";

/** Any account's balance and audit log. */
export default function AccountPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const format = useFormat();
  const mayCorrect = useMay("correctEntries");
  const { accountId = "" } = useParams();
  const log = { of: accountId, day: parseDay(useAddress().get("day")) };
  const query = useQuery({
    queryKey: ["accounting", "account", accountId, "balance"],
    queryFn: ({ signal }) =>
      body(
        apis.accounting.GET("/accounts/{account_id}/balance", {
          params: { path: { account_id: accountId } },
          signal,
        }),
      ),
  });
  const actions = (
    <>
      <Button
        component={RouterLink}
        to="/balances"
        size="small"
        startIcon={<ArrowLeft size={15} aria-hidden />}
      >
        <Trans>Balances</Trans>
      </Button>
      <DayFilter />
      <ExportButton
        name={`ates-log-${accountId}${log.day ? `-${log.day}` : ""}.csv`}
        rows={async (signal, onProgress) => toRows(await allPages(wholeLog(apis, log), signal, onProgress))}
      />
    </>
  );
  return (
    <Page title={query.data?.account.name ?? t`Account`} actions={actions}>
      <QueryPanel query={query} loading={<Tiles loading={2} />}>
        {({ balance, earned_today, business_day }) => (
          <Tiles>
            <Tile label={t`Balance`}>
              <Amount money={balance} />
            </Tile>
            <Tile label={t`Earned today`} note={format.day(business_day)}>
              <Amount money={earned_today} signed />
            </Tile>
          </Tiles>
        )}
      </QueryPanel>
      <EntryLog
        log={log}
        {...(mayCorrect && { action: (entry) => <CorrectButton accountId={accountId} entry={entry} /> })}
      />
    </Page>
  );
}
