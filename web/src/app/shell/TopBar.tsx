import { useLingui } from "@lingui/react/macro";
import { Box, IconButton } from "@mui/material";
import { Menu as MenuIcon } from "lucide-react";
import { Earnings } from "./Earnings.tsx";

/** Always in sight: what one has, and what one earned today. */
export function TopBar({ onMenu }: { onMenu: () => void }) {
  const { t } = useLingui();
  return (
    <Box
      component="header"
      sx={{
        position: "sticky",
        top: 0,
        zIndex: "appBar",
        height: 56,
        px: { xs: 1, sm: 3, lg: 4 },
        display: "flex",
        alignItems: "center",
        gap: 1,
        bgcolor: "background.default",
        borderBottom: 1,
        borderColor: "divider",
      }}
    >
      <IconButton aria-label={t`Open the menu`} onClick={onMenu} sx={{ display: { md: "none" } }}>
        <MenuIcon size={20} aria-hidden />
      </IconButton>
      <Box sx={{ flex: 1 }} />
      <Earnings />
    </Box>
  );
}
