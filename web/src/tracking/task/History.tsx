import { Trans } from "@lingui/react/macro";
import { Box, Typography } from "@mui/material";
import { CircleCheck, CirclePlus, CircleSlash, type LucideIcon, UserRound } from "lucide-react";
import type { HistoryItem } from "../../app/api/clients.ts";
import { body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { When } from "../../app/ui/When.tsx";
import { usePages } from "../../app/usePages.ts";
import { TASKS } from "../queries.ts";

const ICONS: Record<HistoryItem["what"], LucideIcon> = {
  created: CirclePlus,
  assigned: UserRound,
  completed: CircleCheck,
  cancelled: CircleSlash,
};

/** What happened to a task, newest first. */
export function History({ taskId }: { taskId: string }) {
  const { apis } = useApp();
  const pages = usePages<HistoryItem>(
    [...TASKS, "history", taskId],
    (cursor, signal) =>
      body(
        apis.tracking.GET("/tasks/{task_id}/history", {
          params: { path: { task_id: taskId }, query: cursor ? { cursor } : {} },
          signal,
        }),
      ),
    (item) => `${item.at} ${item.what} ${item.account.account_id}`,
  );
  return (
    <>
      <QueryPanel query={pages.panel}>
        {(items) => (
          <Box component="ol" sx={{ m: 0, p: 0, pb: 1, listStyle: "none" }}>
            {items.map((item, index) => (
              <Item key={index} item={item} />
            ))}
          </Box>
        )}
      </QueryPanel>
      <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} />
    </>
  );
}

function Item({ item }: { item: HistoryItem }) {
  const Icon = ICONS[item.what];
  return (
    <Box component="li" sx={{ display: "flex", gap: 1.5, px: 2, py: 0.875, alignItems: "baseline" }}>
      <Box aria-hidden sx={{ color: "text.secondary", alignSelf: "center", display: "flex" }}>
        <Icon size={16} />
      </Box>
      <Typography sx={{ flex: 1 }}>
        <Told item={item} />
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ whiteSpace: "nowrap" }}>
        <When at={item.at} />
      </Typography>
    </Box>
  );
}

function Told({ item }: { item: HistoryItem }) {
  const who = item.account.name;
  const by = item.by.name;
  if (item.what === "created") return <Trans>{by} created it</Trans>;
  if (item.what === "completed") return <Trans>{by} completed it</Trans>;
  if (item.what === "cancelled") return <Trans>{by} cancelled it</Trans>;
  if (item.shuffle_id)
    return (
      <Trans>
        Assigned to {who} when {by} assigned tasks
      </Trans>
    );
  return <Trans>Assigned to {who}</Trans>;
}
