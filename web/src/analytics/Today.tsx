import { Trans, useLingui } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { body } from "../app/api/clients.ts";
import { useApp } from "../app/context.ts";
import { Amount } from "../app/ui/Amount.tsx";
import { QueryPanel } from "../app/ui/QueryPanel.tsx";
import { Tile, Tiles } from "../app/ui/Tiles.tsx";
import { useFormat } from "../app/useFormat.ts";
import { AsOf } from "./AsOf.tsx";
import { TopReward } from "./TopReward.tsx";
import { TopTask } from "./TopTask.tsx";
import { topTasks } from "./queries.ts";

/** The figures of the present business day. */
export function Today() {
  const { t } = useLingui();
  const { apis } = useApp();
  const format = useFormat();
  const query = useQuery({
    queryKey: ["analytics", "summary"],
    queryFn: ({ signal }) => body(apis.analytics.GET("/summary", { signal })),
  });
  const day = query.data?.day;
  const top = useQuery({ ...topTasks(apis, { from: day ?? "", to: day ?? "" }), enabled: day !== undefined });
  return (
    <QueryPanel query={query} loading={<Tiles loading={3} />}>
      {(summary) => (
        <>
          <Tiles>
            <Tile label={t`Management earnings today`} note={format.day(summary.day)}>
              <Amount money={summary.management_earnings} signed />
            </Tile>
            <Tile
              label={t`Accounts in the minus`}
              note={
                summary.accounts_in_minus_by === "latest_entry" ? (
                  <Trans>By their latest entry today</Trans>
                ) : (
                  <Trans>Carried over at the close</Trans>
                )
              }
            >
              {format.number(summary.accounts_in_minus)}
            </Tile>
            <Tile label={t`Most expensive task today`} note={top.data?.top && <TopTask top={top.data.top} />}>
              <TopReward query={top} />
            </Tile>
          </Tiles>
          <AsOf at={summary.as_of} />
        </>
      )}
    </QueryPanel>
  );
}
