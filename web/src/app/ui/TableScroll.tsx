import { Box } from "@mui/material";
import type { ReactNode } from "react";

/** Lets a wide table be scrolled by itself, by keyboard too, when the screen is narrow. */
export function TableScroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <Box role="region" aria-label={label} tabIndex={0} sx={{ overflowX: "auto" }}>
      {children}
    </Box>
  );
}
