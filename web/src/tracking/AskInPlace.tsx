import { Trans } from "@lingui/react/macro";
import { Box, Button, Typography } from "@mui/material";
import type { ReactNode } from "react";

interface Props {
  label: string;
  /** What it leads to. */
  children: ReactNode;
  confirm: ReactNode;
  decline?: ReactNode;
  tone?: "primary" | "error";
  pending: boolean;
  onConfirm: () => void;
  onDecline: () => void;
}

/** A question in the place of the button that asked for it; Escape takes it back. */
export function AskInPlace({
  label,
  children,
  confirm,
  decline,
  tone,
  pending,
  onConfirm,
  onDecline,
}: Props) {
  return (
    <Box
      role="group"
      aria-label={label}
      onKeyDown={(event) => {
        if (event.key === "Escape") onDecline();
      }}
      sx={{ display: "flex", flexWrap: "wrap", alignItems: "center", gap: 1 }}
    >
      <Typography variant="body2" color="textSecondary">
        {children}
      </Typography>
      <Button
        size="small"
        variant="contained"
        color={tone ?? "primary"}
        // The question took the place of the button that was in focus.
        autoFocus
        disabled={pending}
        onClick={({ currentTarget }) => {
          focusBeside(currentTarget);
          onConfirm();
        }}
      >
        {confirm}
      </Button>
      <Button size="small" onClick={onDecline}>
        {decline ?? <Trans>Cancel</Trans>}
      </Button>
    </Box>
  );
}

/** The row may disappear: moves the focus to the next row's link, or to the view. */
function focusBeside(button: HTMLElement): void {
  const row = button.closest("li");
  const beside = row?.nextElementSibling ?? row?.previousElementSibling;
  const link = beside?.querySelector<HTMLElement>("[data-task-link]");
  (link ?? document.getElementById("content"))?.focus();
}
