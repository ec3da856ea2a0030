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
import { type BalanceFilter, listBalances, selected, toRows } from "./balances.ts";

const idOf = (one: { account: { account_id: string } }) => one.account.account_id;

/** All balances by name; those in the minus alone, if asked for. */
export default function BalancesPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { get, change } = useAddress();
  const pages = usePages(
    ["accounting", "accounts"],
    (cursor, signal) => listBalances(apis, cursor, signal),
    idOf,
  );
  const q = get("q") ?? "";
  const inMinus = get("in_minus") === "true";
  const filter = useMemo((): BalanceFilter => ({ q, inMinus }), [q, inMinus]);
  const shown = useMemo(() => selected(pages.items, filter), [pages.items, filter]);
  const save = (
    <ExportButton
      name="ates-balances.csv"
      rows={async (signal) =>
        toRows(selected(await allPages((cursor) => listBalances(apis, cursor, signal), signal), filter))
      }
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
        <QueryPanel query={{ ...pages.panel, data: pages.panel.data && shown }}>
          {(balances) =>
            balances.length > 0 ? (
              <BalancesTable balances={balances} whole={!pages.more} />
            ) : (
              <Empty icon={SearchX} title={pages.more ? t`Nobody in what is loaded` : t`Nobody matches`}>
                <Trans>The search is for a part of the name.</Trans>
              </Empty>
            )
          }
        </QueryPanel>
        <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} />
      </Card>
    </Page>
  );
}
