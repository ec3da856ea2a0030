import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft, Banknote } from "lucide-react";
import { Link as RouterLink, useParams } from "react-router";
import { body, type Payout } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { parseDay } from "../../app/format/days.ts";
import { NotFound } from "../../app/NotFound.tsx";
import { Amount } from "../../app/ui/Amount.tsx";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { ExportButton } from "../../app/ui/ExportButton.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { Tile, Tiles } from "../../app/ui/Tiles.tsx";
import { useFormat } from "../../app/useFormat.ts";
import { allPages, usePages } from "../../app/usePages.ts";
import { Zone } from "../../app/Zone.tsx";
import { CloseState } from "./CloseState.tsx";
import { listPayouts, toRows } from "./payouts.ts";
import { PayoutsTable } from "./PayoutsTable.tsx";

const idOf = (payout: Payout) => payout.entry_id;

/** The close of one business day, and whom to pay what. */
export default function ClosePage() {
  const day = parseDay(useParams()["day"]);
  return day ? <CloseOf day={day} /> : <NotFound />;
}

function CloseOf({ day }: { day: string }) {
  const { t } = useLingui();
  const { apis } = useApp();
  const format = useFormat();
  const close = useQuery({
    queryKey: ["accounting", "closes", day],
    queryFn: ({ signal }) =>
      body(apis.accounting.GET("/closes/{day}", { params: { path: { day } }, signal })),
  });
  const actions = (
    <>
      <Button
        component={RouterLink}
        to="/closes"
        size="small"
        startIcon={<ArrowLeft size={15} aria-hidden />}
      >
        <Trans>Daily closes</Trans>
      </Button>
      <ExportButton
        name={`ates-payouts-${day}.csv`}
        rows={async (signal, onProgress) =>
          toRows(day, await allPages((cursor) => listPayouts(apis, day, cursor, signal), signal, onProgress))
        }
      />
    </>
  );
  return (
    <Page title={format.day(day)} subtitle={<Zone />} actions={actions}>
      <QueryPanel query={close} loading={<Tiles loading={3} />}>
        {(found) => (
          <Tiles>
            <Tile label={t`Payouts`}>
              <Amount money={found.payouts} />
            </Tile>
            <Tile label={t`Accounts`} note={<Trans>With entries or a debt</Trans>}>
              {format.number(found.accounts_closed)}
            </Tile>
            <Tile label={t`State`}>
              <CloseState close={found} />
            </Tile>
          </Tiles>
        )}
      </QueryPanel>
      {close.data && <Payouts day={day} />}
    </Page>
  );
}

function Payouts({ day }: { day: string }) {
  const { apis } = useApp();
  const read = (cursor: string | null, signal: AbortSignal) => listPayouts(apis, day, cursor, signal);
  const pages = usePages(["accounting", "payouts", day], read, idOf);
  const noneYet = pages.items.length === 0 && pages.more;
  return (
    <Card title={<Trans>Whom to pay what</Trans>}>
      <QueryPanel query={pages.panel}>
        {(payouts) =>
          payouts.length > 0 ? (
            <PayoutsTable day={day} payouts={payouts} whole={!pages.more} />
          ) : (
            <Empty
              icon={Banknote}
              title={noneYet ? <Trans>Nobody so far</Trans> : <Trans>Nobody is paid</Trans>}
            >
              <Trans>An account is paid when its balance is positive at the end of the day.</Trans>
            </Empty>
          )
        }
      </QueryPanel>
      <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} searched={noneYet} />
    </Card>
  );
}
