import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { PartyPopper, Plus } from "lucide-react";
import { useApp } from "../../app/context.ts";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { useAddress } from "../../app/useAddress.ts";
import { usePages } from "../../app/usePages.ts";
import { TaskRows } from "../TaskRows.tsx";
import { idOf, listTasks, MY_TASKS } from "../queries.ts";
import { ShuffleArea } from "../shuffle/ShuffleArea.tsx";
import { CompletableRow } from "./CompletableRow.tsx";
import { OpenCount } from "./OpenCount.tsx";

const MINE = { status: "open", assignee: "me", q: null } as const;

/** One's own open tasks, newest assignment first. */
export default function MyTasksPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { change } = useAddress();
  const pages = usePages(MY_TASKS, (cursor, signal) => listTasks(apis, MINE, cursor, signal), idOf);
  const create = (
    <Button
      variant="contained"
      startIcon={<Plus size={16} aria-hidden />}
      onClick={() => {
        change({ create: "task" });
      }}
    >
      <Trans>Create task</Trans>
    </Button>
  );
  const subtitle = <OpenCount listed={pages.panel.data?.length} more={pages.more} />;
  return (
    <Page title={t`My tasks`} subtitle={subtitle} actions={create}>
      <ShuffleArea />
      <Card>
        <QueryPanel query={pages.panel}>
          {(found) =>
            found.length === 0 && !pages.more ? (
              <Empty icon={PartyPopper} title={<Trans>No open tasks are yours</Trans>}>
                <Trans>
                  The next task that somebody creates may be assigned to you. It shows here by itself.
                </Trans>
              </Empty>
            ) : (
              <TaskRows label={t`My open tasks`}>
                {found.map((task) => (
                  <CompletableRow key={task.task_id} task={task} />
                ))}
              </TaskRows>
            )
          }
        </QueryPanel>
        <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} />
      </Card>
    </Page>
  );
}
