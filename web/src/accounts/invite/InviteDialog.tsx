import { Trans, useLingui } from "@lingui/react/macro";
import { Alert, Button, Dialog, DialogActions, DialogContent, DialogTitle, Stack } from "@mui/material";
import { useQueryClient } from "@tanstack/react-query";
import { Controller, useForm } from "react-hook-form";
import { body } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import type { Role } from "../../app/rights.ts";
import { FormField } from "../../app/ui/FormField.tsx";
import { useToast } from "../../app/ui/Toasts.tsx";
import { useProblemText } from "../../app/ui/useProblemText.ts";
import { useCommand } from "../../app/useCommand.ts";
import { useKeepDraft, useKeptDraft } from "../../app/useDraft.ts";
import { useFieldErrors } from "../../app/useFieldErrors.ts";
import { RoleSelect } from "../RoleSelect.tsx";
import { ACCOUNTS } from "../accounts.ts";

interface Invitation {
  name: string;
  email: string;
  role: Role;
}

const DRAFT = "invite";
const EMPTY: Invitation = { name: "", email: "", role: "worker" };
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Gives a person an account; the mail with the first password goes to their address. */
export default function InviteDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const { apis } = useApp();
  const client = useQueryClient();
  const toast = useToast();
  const problemText = useProblemText();
  const showFieldErrors = useFieldErrors();
  const form = useForm<Invitation>({ defaultValues: useKeptDraft(DRAFT, EMPTY) });
  const forgetDraft = useKeepDraft(DRAFT, form);
  const invite = useCommand({
    name: DRAFT,
    send: ({ name, email, role }: Invitation, key) =>
      body(
        apis.auth.POST("/accounts", {
          params: { header: { "Idempotency-Key": key } },
          body: { name: name.trim(), email: email.trim(), role },
        }),
      ),
    onSuccess: ({ name, email }) => {
      forgetDraft();
      toast(t`${name} is invited; the mail goes to ${email}.`);
      void client.invalidateQueries({ queryKey: ACCOUNTS });
      onClose();
    },
    onError: (error) => {
      showFieldErrors(error, form, ["name", "email", "role"]);
    },
  });
  const submit = form.handleSubmit((invitation) => {
    invite.mutate(invitation);
  });
  const { control } = form;
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="invite">
      <form onSubmit={(event) => void submit(event)} noValidate>
        <DialogTitle id="invite" variant="h2">
          <Trans>Invite a person</Trans>
        </DialogTitle>
        <DialogContent>
          <Stack spacing={2} sx={{ pt: 1 }}>
            {invite.error && <Alert severity="error">{problemText(invite.error)}</Alert>}
            <FormField
              name="name"
              control={control}
              label={t`Name`}
              rules={{ validate: (name: string) => name.trim() !== "" || t`A person needs a name` }}
              autoFocus
              required
            />
            <FormField
              name="email"
              control={control}
              label={t`E-mail`}
              type="email"
              rules={{
                validate: (email: string) =>
                  ADDRESS.test(email.trim()) || t`An address such as ada@example.com`,
              }}
              required
            />
            <Controller
              name="role"
              control={control}
              render={({ field }) => (
                <RoleSelect label={t`Role`} value={field.value} onChange={field.onChange} />
              )}
            />
          </Stack>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="contained" loading={invite.isPending}>
            <Trans>Invite</Trans>
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
