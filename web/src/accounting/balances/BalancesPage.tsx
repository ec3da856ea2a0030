import { Trans, useLingui } from "@lingui/react/macro";
import { Box, FormControlLabel, Switch } from "@mui/material";
import { SearchX } from "lucide-react";
import { useMemo } from "react";
import { useApp } from "../../app/context.ts";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { ExportButton } from "../../app/ui/ExportButton.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { SearchBox } from "../../app/ui/SearchBox.tsx";
import { useAddress } from "../../app/useAddress.ts";
import { allPages, usePages } from "../../app/usePages.ts";
import { BalancesTable } from "./BalancesTable.tsx";
import { filterOf, listBalances, toRows } from "./balances.ts";

const idOf = (one: { account: { account_id: string } }) => one.account.account_id;

/** Balances by name or by amount: all, those in the minus, those with a part of the name. */
export default function BalancesPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { get, change } = useAddress();
  const filter = useMemo(() => filterOf(get), [get]);
  const { q, inMinus, order } = filter;
  const read = (cursor: string | null, signal: AbortSignal) => listBalances(apis, filter, cursor, signal);
  const pages = usePages(["accounting", "accounts", filter], read, idOf);
  const noneYet = pages.items.length === 0 && pages.more;
  const save = (
    <ExportButton
      name="ates-balances.csv"
      rows={async (signal, onProgress) => toRows(await allPages(read, signal, onProgress))}
    />
  );
  return (
    <Page title={t`Balances`} actions={save} wide>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 2, mb: 2 }}>
        <SearchBox
          value={q}
          label={t`Search by name`}
          onSearch={(text) => {
            change({ q: text }, { replace: true });
          }}
        />
        <FormControlLabel
          label={t`In the minus`}
          control={
            <Switch
              checked={inMinus}
              onChange={(_event, checked) => {
                change({ in_minus: checked ? "true" : null });
              }}
            />
          }
        />
      </Box>
      <Card>
        <QueryPanel query={pages.panel}>
          {(balances) =>
            balances.length > 0 ? (
              <BalancesTable
                balances={balances}
                whole={!pages.more}
                order={order}
                onOrder={(chosen) => {
                  change({ order: chosen });
                }}
              />
            ) : (
              <Empty icon={SearchX} title={noneYet ? t`Nobody so far` : t`Nobody matches`}>
                <Trans>The search is for a part of the name.</Trans>
              </Empty>
            )
          }
        </QueryPanel>
        <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} searched={noneYet} />
      </Card>
    </Page>
  );
}
