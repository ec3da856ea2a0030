import { Trans } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { lazy, Suspense, useState } from "react";
import type { Entry } from "../../app/api/clients.ts";

const CorrectDialog = lazy(() => import("./CorrectDialog.tsx"));

interface Props {
  accountId: string;
  entry: Entry;
}

/** Fees and rewards can be corrected, once; payouts and corrections can't. */
export function CorrectButton({ accountId, entry }: Props) {
  const [open, setOpen] = useState(false);
  if (entry.corrected) return null;
  if (entry.kind !== "assignment_fee" && entry.kind !== "completion_reward") return null;
  return (
    <>
      <Button
        size="small"
        onClick={() => {
          setOpen(true);
        }}
      >
        <Trans>Correct</Trans>
      </Button>
      <Suspense>
        {open && (
          <CorrectDialog
            accountId={accountId}
            entry={entry}
            onClose={() => {
              setOpen(false);
            }}
          />
        )}
      </Suspense>
    </>
  );
}
