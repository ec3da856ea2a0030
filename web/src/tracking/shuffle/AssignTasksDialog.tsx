import { Plural, Trans } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Typography } from "@mui/material";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useCommand } from "../../app/useCommand.ts";
import { useFormat } from "../../app/useFormat.ts";
import { countOpen, COUNTS, SHUFFLES } from "../queries.ts";
import { watched } from "./watched.ts";

interface Props {
  open: boolean;
  onClose: () => void;
}

/** Asks before every open task is assigned again, saying how many there are. */
export function AssignTasksDialog({ open, onClose }: Props) {
  const { apis, me } = useApp();
  const client = useQueryClient();
  const format = useFormat();
  const problemText = useProblemText();
  const { data } = useQuery({
    queryKey: [...COUNTS, "all"],
    queryFn: ({ signal }) => countOpen(apis, null, signal),
    enabled: open,
    staleTime: 0,
    refetchInterval: false,
  });
  const start = useCommand({
    name: "shuffle",
    send: (_input: null, key) =>
      body(apis.tracking.POST("/shuffles", { params: { header: { "Idempotency-Key": key } } })),
    onSuccess: ({ shuffle_id }) => {
      watched.watch(me.accountId, [shuffle_id]);
      void client.invalidateQueries({ queryKey: SHUFFLES });
      onClose();
    },
  });
  const count = data?.count ?? 0;
  const atLeast = format.number(count);
  return (
    <Dialog open={open} onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="assign-tasks">
      <DialogTitle id="assign-tasks" variant="h2">
        <Trans>Assign every open task again?</Trans>
      </DialogTitle>
      <DialogContent>
        <Typography sx={{ fontWeight: 600, mb: 1 }}>
          {!data && "\u00a0"}
          {data?.more && <Trans>{atLeast}+ tasks are open.</Trans>}
          {data && !data.more && <Plural value={count} one="# task is open." other="# tasks are open." />}
        </Typography>
        <Typography>
          <Trans>
            Each is drawn to an active worker or accountant, who pays its assignment fee. What the former
            assignee paid is not given back.
          </Trans>
        </Typography>
        {start.error && (
          <Alert severity="error" sx={{ mt: 2 }}>
            {problemText(start.error)}
          </Alert>
        )}
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>
          <Trans>Cancel</Trans>
        </Button>
        <Button
          variant="contained"
          loading={start.isPending}
          onClick={() => {
            start.mutate(null);
          }}
        >
          <Trans>Assign tasks</Trans>
        </Button>
      </DialogActions>
    </Dialog>
  );
}
