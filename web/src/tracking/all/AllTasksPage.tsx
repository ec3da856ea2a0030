import { Trans, useLingui } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { Plus, SearchX } from "lucide-react";
import { useMemo } from "react";
import { useApp, useMay } from "../../app/context.ts";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { useAddress } from "../../app/useAddress.ts";
import { usePages } from "../../app/usePages.ts";
import { TaskRows } from "../TaskRows.tsx";
import { idOf, listTasks, STATUSES, type TaskFilter, TASKS } from "../queries.ts";
import { AssignTasksButton } from "../shuffle/AssignTasksButton.tsx";
import { ShuffleArea } from "../shuffle/ShuffleArea.tsx";
import { ListedRow } from "./ListedRow.tsx";
import { TaskFilters } from "./TaskFilters.tsx";

/** Everybody's tasks, newest first: filtered and searched by what the address says. */
export default function AllTasksPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { get, change } = useAddress();
  const mayAssign = useMay("assignTasks");
  const filter = useMemo((): TaskFilter => {
    return {
      status: STATUSES.find((status) => status === get("status")) ?? null,
      assignee: get("assignee"),
      q: get("q"),
    };
  }, [get]);
  const pages = usePages(
    [...TASKS, "all", filter],
    (cursor, signal) => listTasks(apis, filter, cursor, signal),
    idOf,
  );
  const filtered = Object.values(filter).some(Boolean);
  const actions = (
    <>
      {mayAssign && <AssignTasksButton />}
      <Button
        variant="contained"
        startIcon={<Plus size={16} aria-hidden />}
        onClick={() => {
          change({ create: "task" });
        }}
      >
        <Trans>Create task</Trans>
      </Button>
    </>
  );
  return (
    <Page title={t`All tasks`} actions={actions} wide>
      <ShuffleArea />
      <TaskFilters filter={filter} tasks={pages.items} />
      <Card>
        <QueryPanel query={pages.panel}>
          {(tasks) =>
            tasks.length > 0 ? (
              <TaskRows label={t`Tasks`}>
                {tasks.map((task) => (
                  <ListedRow key={task.task_id} task={task} byAssignment={filter.assignee !== null} />
                ))}
              </TaskRows>
            ) : (
              <NoTasks more={pages.more} filtered={filtered} />
            )
          }
        </QueryPanel>
        <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} searched={filtered} />
      </Card>
    </Page>
  );
}

/** "Nothing so far" is not "nothing": a page may be empty although the search goes on. */
function NoTasks({ more, filtered }: { more: boolean; filtered: boolean }) {
  if (more)
    return (
      <Empty icon={SearchX} title={<Trans>Nothing in what was searched so far</Trans>}>
        <Trans>There are older tasks. Search further to look through them.</Trans>
      </Empty>
    );
  if (filtered)
    return (
      <Empty icon={SearchX} title={<Trans>No task matches</Trans>}>
        <Trans>A search finds part of a title, or a whole id such as POPUG-42.</Trans>
      </Empty>
    );
  return (
    <Empty icon={SearchX} title={<Trans>There are no tasks yet</Trans>}>
      <Trans>Create the first one: it is assigned to somebody at once.</Trans>
    </Empty>
  );
}
