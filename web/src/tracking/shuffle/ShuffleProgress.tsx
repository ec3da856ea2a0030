import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Box, IconButton, LinearProgress, Typography } from "@mui/material";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useEffect } from "react";
import { body, type Shuffle } from "../../app/api/clients.ts";
import { Problem } from "../../app/api/problem.ts";
import { useApp } from "../../app/context.ts";
import { AFTER_ERROR_MS } from "../../app/queries.ts";
import { Card } from "../../app/ui/Card.tsx";
import { ServiceDown } from "../../app/ui/ServiceDown.tsx";
import { SHUFFLES, TASKS } from "../queries.ts";
import { watched } from "./watched.ts";

const RUNNING_MS = 1_000;
const NOT_FOUND = 404;
const PERCENT = 100;

/** How far a shuffle is, live to its end. */
export function ShuffleProgress({ shuffleId }: { shuffleId: string }) {
  const { apis, me } = useApp();
  const client = useQueryClient();
  const { data, error, dataUpdatedAt, refetch } = useQuery({
    queryKey: ["tracking", "shuffle", shuffleId],
    queryFn: ({ signal }) =>
      body(
        apis.tracking.GET("/shuffles/{shuffle_id}", { params: { path: { shuffle_id: shuffleId } }, signal }),
      ),
    refetchInterval: ({ state }) => {
      if (state.data?.status === "done") return false;
      return state.status === "error" ? AFTER_ERROR_MS : RUNNING_MS;
    },
  });
  const gone = error instanceof Problem && error.status === NOT_FOUND;
  useEffect(() => {
    if (gone) watched.hide(me.accountId, shuffleId);
  }, [gone, me.accountId, shuffleId]);
  const done = data?.status === "done";
  useEffect(() => {
    if (!done) return;
    void client.invalidateQueries({ queryKey: TASKS });
    void client.invalidateQueries({ queryKey: SHUFFLES });
  }, [client, done]);
  return (
    <Card padded mb={2}>
      {data && <Progress shuffle={data} />}
      {error && (
        <ServiceDown error={error} shownFrom={data ? dataUpdatedAt : 0} onRetry={() => void refetch()} />
      )}
    </Card>
  );
}

function Progress({ shuffle }: { shuffle: Shuffle }) {
  const { t } = useLingui();
  const { me } = useApp();
  const { status, total, reassigned, skipped, requested_by, shuffle_id } = shuffle;
  const who = requested_by.name;
  const done = status === "done";
  const through = reassigned + skipped;
  return (
    <Box sx={{ display: "flex", alignItems: "center", gap: 2 }}>
      <Box sx={{ flex: 1 }}>
        <Typography variant="h3" component="p" role="status">
          {status === "counting" && <Trans>Counting the open tasks…</Trans>}
          {status === "running" && <Trans>Assigning tasks…</Trans>}
          {done && (
            <Plural value={reassigned} one="# task was assigned again" other="# tasks were assigned again" />
          )}
        </Typography>
        <Typography variant="body2" color="textSecondary">
          {!done && (
            <Trans>
              {through} of {total}
            </Trans>
          )}
          {done && skipped > 0 && (
            <Plural
              value={skipped}
              one="# was left alone: completed or cancelled meanwhile, or nobody could be drawn"
              other="# were left alone: completed or cancelled meanwhile, or nobody could be drawn"
            />
          )}
        </Typography>
        {requested_by.account_id !== me.accountId && (
          <Typography variant="body2" color="textSecondary">
            <Trans>Pressed by {who}</Trans>
          </Typography>
        )}
        {!done && (
          <LinearProgress
            aria-label={t`Progress of assigning tasks`}
            variant={status === "running" && total > 0 ? "determinate" : "indeterminate"}
            value={total > 0 ? (through / total) * PERCENT : 0}
            sx={{ mt: 1, borderRadius: 1 }}
          />
        )}
      </Box>
      {done && (
        <IconButton
          aria-label={t`Hide`}
          onClick={() => {
            watched.hide(me.accountId, shuffle_id);
          }}
        >
          <X size={18} aria-hidden />
        </IconButton>
      )}
    </Box>
  );
}
