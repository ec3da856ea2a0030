import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { UserPlus, Users } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import { type Account, body } from "../app/api/clients.ts";
import { useApp } from "../app/context.ts";
import { Card } from "../app/ui/Card.tsx";
import { Empty } from "../app/ui/Empty.tsx";
import { LoadMore } from "../app/ui/LoadMore.tsx";
import { Page } from "../app/ui/Page.tsx";
import { QueryPanel } from "../app/ui/QueryPanel.tsx";
import { SearchBox } from "../app/ui/SearchBox.tsx";
import { useAddress } from "../app/useAddress.ts";
import { usePages } from "../app/usePages.ts";
import { AccountsTable } from "./AccountsTable.tsx";
import { ACCOUNTS, lastAdmin, named } from "./accounts.ts";

const InviteDialog = lazy(() => import("./invite/InviteDialog.tsx"));
const PAGE_SIZE = 200;
const idOf = (account: Account) => account.account_id;

/** Who has an account, as which role; inviting, and changing it. */
export default function AccountsPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { get, change } = useAddress();
  const q = get("q") ?? "";
  const inviting = get("invite") !== null;
  const pages = usePages<Account>(
    ACCOUNTS,
    (cursor, signal) =>
      body(
        apis.auth.GET("/accounts", {
          params: { query: { limit: PAGE_SIZE, ...(cursor && { cursor }) } },
          signal,
        }),
      ),
    idOf,
  );
  const shown = useMemo(() => named(pages.items, q), [pages.items, q]);
  const invite = (
    <Button
      variant="contained"
      startIcon={<UserPlus size={16} aria-hidden />}
      onClick={() => {
        change({ invite: "person" });
      }}
    >
      <Trans>Invite</Trans>
    </Button>
  );
  return (
    <Page title={t`Accounts`} actions={invite} wide>
      <SearchBox
        value={q}
        label={t`Search by name or e-mail`}
        onSearch={(text) => {
          change({ q: text }, { replace: true });
        }}
      />
      <Card mt={2}>
        <QueryPanel query={{ ...pages.panel, data: pages.panel.data && shown }}>
          {(accounts) =>
            accounts.length > 0 ? (
              <AccountsTable accounts={accounts} lastAdmin={pages.more ? null : lastAdmin(pages.items)} />
            ) : (
              <Empty icon={Users} title={pages.more ? t`Nobody in what is loaded` : t`Nobody matches`} />
            )
          }
        </QueryPanel>
        <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} />
      </Card>
      <Suspense>
        {inviting && (
          <InviteDialog
            onClose={() => {
              change({ invite: null }, { replace: true });
            }}
          />
        )}
      </Suspense>
    </Page>
  );
}
