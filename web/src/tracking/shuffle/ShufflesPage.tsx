import { Trans, useLingui } from "@lingui/react/macro";
import { Shuffle as ShuffleIcon } from "lucide-react";
import type { Shuffle } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { usePages } from "../../app/usePages.ts";
import { listShuffles, SHUFFLES } from "../queries.ts";
import { AssignTasksButton } from "./AssignTasksButton.tsx";
import { ShuffleArea } from "./ShuffleArea.tsx";
import { ShufflesTable } from "./ShufflesTable.tsx";

const idOf = (shuffle: Shuffle) => shuffle.shuffle_id;

/** Every time that tasks were assigned again, the last first. */
export default function ShufflesPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const pages = usePages([...SHUFFLES, "all"], (cursor, signal) => listShuffles(apis, cursor, signal), idOf);
  return (
    <Page
      title={t`Shuffles`}
      subtitle={<Trans>Each assigned every open task again</Trans>}
      actions={<AssignTasksButton />}
    >
      <ShuffleArea />
      <Card>
        <QueryPanel query={pages.panel}>
          {(shuffles) =>
            shuffles.length > 0 ? (
              <ShufflesTable shuffles={shuffles} />
            ) : (
              <Empty icon={ShuffleIcon} title={<Trans>Tasks were never assigned again</Trans>}>
                <Trans>"Assign tasks" draws a new assignee for each open task.</Trans>
              </Empty>
            )
          }
        </QueryPanel>
        <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} />
      </Card>
    </Page>
  );
}
