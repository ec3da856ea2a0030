import { Chip } from "@mui/material";
import type { LucideIcon } from "lucide-react";

interface Props {
  icon: LucideIcon;
  label: string;
  tone: "success" | "warning" | "error" | "info" | "neutral";
}

/** A state, told by icon and word; the colour only helps. */
export function StatusChip({ icon: Icon, label, tone }: Props) {
  const colors =
    tone === "neutral"
      ? { bgcolor: "action.hover", color: "text.secondary" }
      : { bgcolor: `${tone}.light`, color: `${tone}.main` };
  return (
    <Chip
      size="small"
      label={label}
      icon={<Icon size={14} aria-hidden />}
      sx={{ ...colors, "& .MuiChip-icon": { color: "inherit", ml: "6px" } }}
    />
  );
}
