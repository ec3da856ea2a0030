import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Stack } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { useForm } from "react-hook-form";
import { body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { FormField } from "../../app/ui/FormField.tsx";
import { useToast } from "../../app/ui/Toasts.tsx";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useAddress } from "../../app/useAddress.ts";
import { useCommand } from "../../app/useCommand.ts";
import { useKeepDraft, useKeptDraft } from "../../app/useDraft.ts";
import { useFieldErrors } from "../../app/useFieldErrors.ts";
import { TASKS } from "../queries.ts";
import { EMPTY_TASK, type TaskDraft, toBody, useTaskRules } from "./taskForm.ts";

const DRAFT = "create-task";

/** A new task; whoever is drawn is told at the end. */
export default function CreateTaskDialog() {
  const { t } = useLingui();
  const { apis } = useApp();
  const { change } = useAddress();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const showFieldErrors = useFieldErrors();
  const rules = useTaskRules();
  const form = useForm<TaskDraft>({ defaultValues: useKeptDraft(DRAFT, EMPTY_TASK) });
  const forgetDraft = useKeepDraft(DRAFT, form);
  const close = () => {
    change({ create: null }, { replace: true });
  };
  const create = useCommand({
    name: DRAFT,
    send: (draft: TaskDraft, key) =>
      body(
        apis.tracking.POST("/tasks", { params: { header: { "Idempotency-Key": key } }, body: toBody(draft) }),
      ),
    onSuccess: ({ title, assignee: { name } }) => {
      forgetDraft();
      toast(t`"${title}" is assigned to ${name}.`);
      void client.invalidateQueries({ queryKey: TASKS });
      close();
    },
    onError: (error) => {
      showFieldErrors(error, form, ["title", "jira_id", "description"]);
    },
  });
  const submit = form.handleSubmit((draft) => {
    create.mutate(draft);
  });
  const { control } = form;
  return (
    <Dialog open onClose={close} fullWidth maxWidth="sm" aria-labelledby="create-task">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <DialogTitle id="create-task" variant="h2">
          <Trans>Create a task</Trans>
        </DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            {create.error && <Alert severity="error">{problemText(create.error)}</Alert>}
            <FormField
              name="title"
              control={control}
              rules={rules.title}
              label={t`Title`}
              autoFocus
              required
            />
            <FormField
              name="jira_id"
              control={control}
              rules={rules.jira_id}
              label={t`Jira id`}
              helperText={t`Such as POPUG-42; may be empty`}
            />
            <FormField
              name="description"
              control={control}
              rules={rules.description}
              label={t`Description`}
              multiline
              minRows={4}
              maxRows={12}
            />
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={close}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="contained" loading={create.isPending}>
            <Trans>Create and assign</Trans>
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
