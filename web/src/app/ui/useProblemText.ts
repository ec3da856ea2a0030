import { useLingui } from "@lingui/react/macro";
import { useCallback } from "react";
import { Problem } from "../api/problem.ts";
import type { Service } from "../config.ts";

/** What went wrong, in the reader's language. */
export function useProblemText(): (error: Error) => string {
  const { t } = useLingui();
  return useCallback(
    (error: Error) => {
      if (!(error instanceof Problem)) return t`Something went wrong in this page.`;
      const names: Record<Service, string> = {
        tracking: t`Tracking`,
        accounting: t`Accounting`,
        analytics: t`Analytics`,
        auth: t`The account service`,
      };
      const service = names[error.service];
      if (!error.answered) return t`${service} does not answer.`;
      const known: Record<string, string> = {
        "nobody-eligible": t`Nobody can be assigned a task: there is no active worker or accountant.`,
        "already-completed": t`This task is completed already.`,
        "already-cancelled": t`This task is cancelled.`,
        "not-the-creator": t`Only its creator, a manager or an admin cancels a task.`,
        "assignee-not-found": t`There is no such account.`,
        "not-the-assignee": t`This task is no longer yours.`,
        "task-not-found": t`There is no such task.`,
        "shuffle-not-found": t`There is no such shuffle.`,
        "already-corrected": t`This entry was corrected already.`,
        "not-correctable": t`This entry can't be corrected.`,
        "last-admin": t`The last active admin stays admin and active.`,
        "address-taken": t`This address belongs to another account.`,
        "invitation-accepted": t`This person has signed in already.`,
        "not-invitable": t`No invitation can be sent: the account is deactivated, or the sign-in service has no user with its address.`,
        "unknown-account": t`There is no such account.`,
        "address-refused": t`Mail can't be sent to this address.`,
        "authority-not-confirmed": t`Your role is not confirmed here yet. Try again in a moment.`,
        "idempotency-key-reused": t`This was sent before with other content. Check the list, then try again.`,
      };
      const general: Record<number, string> = {
        401: t`Your session has ended.`,
        403: t`Your role may not do this.`,
        404: t`This is not there.`,
        413: t`This is too long.`,
        429: t`Too many requests. Try again in a moment.`,
      };
      const reason = error.message;
      return known[error.kind] ?? general[error.status] ?? t`${service} refused this: ${reason}`;
    },
    [t],
  );
}
