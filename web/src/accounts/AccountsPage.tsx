import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { UserPlus } from "lucide-react";
import { lazy, Suspense, useMemo } from "react";
import type { Account } from "../app/api/clients.ts";
import { useApp } from "../app/context.ts";
import { Card } from "../app/ui/Card.tsx";
import { LoadMore } from "../app/ui/LoadMore.tsx";
import { Page } from "../app/ui/Page.tsx";
import { QueryPanel } from "../app/ui/QueryPanel.tsx";
import { useAddress } from "../app/useAddress.ts";
import { usePages } from "../app/usePages.ts";
import { AccountFilters } from "./AccountFilters.tsx";
import { AccountsTable } from "./AccountsTable.tsx";
import { NoAccounts } from "./NoAccounts.tsx";
import { ACCOUNTS, filterOf, isFiltered, listAccounts } from "./accounts.ts";
import { useLastAdmin } from "./useLastAdmin.ts";

const InviteDialog = lazy(() => import("./invite/InviteDialog.tsx"));
const idOf = (account: Account) => account.account_id;

/** Who has an account, as which role, and who has not come yet; inviting, and changing it. */
export default function AccountsPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { get, change } = useAddress();
  const filter = useMemo(() => filterOf(get), [get]);
  const lastAdmin = useLastAdmin();
  const inviting = get("invite") !== null;
  const pages = usePages<Account>(
    [...ACCOUNTS, filter],
    (cursor, signal) => listAccounts(apis, filter, cursor, signal),
    idOf,
  );
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
      <AccountFilters filter={filter} />
      <Card mt={2}>
        <QueryPanel query={pages.panel}>
          {(accounts) =>
            accounts.length > 0 ? (
              <AccountsTable accounts={accounts} lastAdmin={lastAdmin} />
            ) : (
              <NoAccounts more={pages.more} filter={filter} />
            )
          }
        </QueryPanel>
        <LoadMore
          more={pages.more}
          loading={pages.loadingMore}
          onMore={pages.loadMore}
          searched={isFiltered(filter)}
        />
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
