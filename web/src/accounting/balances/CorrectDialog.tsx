import { Trans, useLingui } from "@lingui/react/macro";
import {
  Alert,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  Stack,
  Typography,
} from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { body, type Entry } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { negated } from "../../app/format/money.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { FormField } from "../../app/ui/FormField.tsx";
import { useToast } from "../../app/ui/Toasts.tsx";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useCommand } from "../../app/useCommand.ts";
import { useKeepDraft, useKeptDraft } from "../../app/useDraft.ts";
import { useFieldErrors } from "../../app/useFieldErrors.ts";
import { signedAmount } from "../log/entries.ts";
import { useKindName } from "../useKindName.ts";

interface Props {
  accountId: string;
  entry: Entry;
  onClose: () => void;
}

const REASON_MAX = 1_000;

/** Takes an entry back by a new one: first the reason, then a second look at what will be booked. */
export default function CorrectDialog({ accountId, entry, onClose }: Props) {
  const { t } = useLingui();
  const { apis } = useApp();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const showFieldErrors = useFieldErrors();
  const kinds = useKindName();
  const [looking, setLooking] = useState(false);
  const draft = `correct:${entry.entry_id}`;
  const form = useForm({ defaultValues: useKeptDraft(draft, { reason: "" }) });
  const forgetDraft = useKeepDraft(draft, form);
  const correct = useCommand({
    name: draft,
    send: ({ reason }: { reason: string }, key) =>
      body(
        apis.accounting.POST("/accounts/{account_id}/corrections", {
          params: { path: { account_id: accountId }, header: { "Idempotency-Key": key } },
          body: { entry_id: entry.entry_id, reason: reason.trim() },
        }),
      ),
    onSuccess: () => {
      forgetDraft();
      toast(t`The entry is corrected.`);
      void client.invalidateQueries({ queryKey: ["accounting"] });
      onClose();
    },
    onError: (error) => {
      setLooking(false);
      showFieldErrors(error, form, ["reason"]);
    },
  });
  const submit = form.handleSubmit((values) => {
    if (looking) correct.mutate(values);
    else setLooking(true);
  });
  const { task, entry_number: number } = entry;
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" aria-labelledby="correct-entry">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <DialogTitle id="correct-entry" variant="h2">
          <Trans>Correct entry {number}</Trans>
        </DialogTitle>
        <DialogContent>
          <Stack spacing={2}>
            <Typography color="textSecondary">
              {kinds[entry.kind]} <Amount money={signedAmount(entry)} signed />
              {task && `, ${task.title}`}
            </Typography>
            {correct.error && <Alert severity="error">{problemText(correct.error)}</Alert>}
            {looking ? (
              <Alert severity="warning">
                <Trans>
                  This books <Amount money={negated(signedAmount(entry))} signed /> on this account, today,
                  with your account as who did it. An entry can be corrected once, and a correction never.
                </Trans>
                <Typography sx={{ mt: 1 }}>{form.getValues("reason")}</Typography>
              </Alert>
            ) : (
              <FormField
                name="reason"
                control={form.control}
                label={t`Reason`}
                helperText={t`Kept with the entry, for everybody who reads the log`}
                rules={{
                  validate: (reason: string) => {
                    const length = Array.from(reason.trim()).length;
                    if (length === 0) return t`A correction needs a reason`;
                    return length <= REASON_MAX || t`At most ${REASON_MAX} characters; this has ${length}`;
                  },
                }}
                multiline
                minRows={2}
                autoFocus
                required
              />
            )}
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button
            onClick={() => {
              if (looking) setLooking(false);
              else onClose();
            }}
          >
            {looking ? <Trans>Back</Trans> : <Trans>Cancel</Trans>}
          </Button>
          <Button type="submit" variant="contained" loading={correct.isPending}>
            {looking ? <Trans>Book the correction</Trans> : <Trans>Look at it once more</Trans>}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
