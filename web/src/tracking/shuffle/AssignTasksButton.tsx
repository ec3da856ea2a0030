import { Trans } from "@lingui/react/macro";
import { Button } from "@mui/material";
import { Shuffle } from "lucide-react";
import { useState } from "react";
import { AssignTasksDialog } from "./AssignTasksDialog.tsx";

export function AssignTasksButton() {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        variant="outlined"
        startIcon={<Shuffle size={16} aria-hidden />}
        onClick={() => {
          setOpen(true);
        }}
      >
        <Trans>Assign tasks</Trans>
      </Button>
      <AssignTasksDialog
        open={open}
        onClose={() => {
          setOpen(false);
        }}
      />
    </>
  );
}
