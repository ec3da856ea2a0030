import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Button, Typography } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeft } from "lucide-react";
import { Link as RouterLink, useParams } from "react-router";
import { body, type FullTask } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { Card } from "../../app/ui/Card.tsx";
import { Facts } from "../../app/ui/Facts.tsx";
import { Loading } from "../../app/ui/Loading.tsx";
import { Page } from "../../app/ui/Page.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { When } from "../../app/ui/When.tsx";
import { TaskStatus } from "../TaskStatus.tsx";
import { CancelHere } from "../cancel/CancelHere.tsx";
import { useMayCancel } from "../cancel/useMayCancel.ts";
import { TASKS } from "../queries.ts";
import { CompleteHere } from "./CompleteHere.tsx";
import { History } from "./History.tsx";

/** One task: what it is, whose, and what happened to it. */
export default function TaskPage() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { taskId = "" } = useParams();
  const query = useQuery({
    queryKey: [...TASKS, "one", taskId],
    queryFn: ({ signal }) =>
      body(apis.tracking.GET("/tasks/{task_id}", { params: { path: { task_id: taskId } }, signal })),
  });
  const back = (
    <Button component={RouterLink} to="/tasks" size="small" startIcon={<ArrowLeft size={15} aria-hidden />}>
      <Trans>All tasks</Trans>
    </Button>
  );
  return (
    <Page title={query.data?.title ?? t`Task`} subtitle={query.data?.jira_id} actions={back}>
      <Card padded>
        <QueryPanel query={query} loading={<Loading rows={5} height={30} />}>
          {(task) => <Details task={task} />}
        </QueryPanel>
      </Card>
      <Card title={<Trans>History</Trans>} mt={2}>
        <History taskId={taskId} />
      </Card>
    </Page>
  );
}

function Details({ task }: { task: FullTask }) {
  const { t } = useLingui();
  const { me } = useApp();
  const facts: [string, React.ReactNode][] = [
    [t`Status`, <TaskStatus key="status" status={task.status} />],
    [t`Assignee`, task.assignee.name],
    [t`Assigned`, <When key="assigned" at={task.assigned_at} full />],
    [t`Created by`, task.created_by.name],
    [t`Created`, <When key="created" at={task.created_at} full />],
  ];
  if (task.completed_at) facts.push([t`Completed`, <When key="done" at={task.completed_at} full />]);
  if (task.cancelled_at) facts.push([t`Cancelled`, <When key="gone" at={task.cancelled_at} full />]);
  const mayCancel = useMayCancel(task);
  const mine = task.status === "open" && task.assignee.account_id === me.accountId;
  return (
    <>
      <Facts facts={facts} />
      {task.description && (
        <Box sx={{ mt: 2.5 }}>
          <Typography variant="h3" component="h2" sx={{ mb: 0.5 }}>
            <Trans>Description</Trans>
          </Typography>
          <Typography sx={{ whiteSpace: "pre-wrap" }}>{task.description}</Typography>
        </Box>
      )}
      {(mine || mayCancel) && (
        <Box sx={{ mt: 2.5, display: "flex", flexWrap: "wrap", gap: 1.5 }}>
          {mine && <CompleteHere task={task} />}
          {mayCancel && <CancelHere task={task} />}
        </Box>
      )}
    </>
  );
}
