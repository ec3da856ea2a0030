import { Trans } from "@lingui/react/macro";
import { Box, Link } from "@mui/material";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { ShortcutsDialog } from "./ShortcutsDialog.tsx";
import { Sidebar } from "./Sidebar.tsx";
import { TopBar } from "./TopBar.tsx";
import { useShellShortcuts } from "./useShellShortcuts.ts";

const SIDEBAR_PX = 232;

/** What surrounds every view: the way to the others, the balance, and the reader's own settings. */
export function Shell({ children }: { children: ReactNode }) {
  const [menu, setMenu] = useState(false);
  const [help, setHelp] = useState(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useShellShortcuts(() => {
    setHelp(true);
  });

  useEffect(() => {
    if (!first.current) main.current?.focus();
    first.current = false;
  }, [pathname]);

  const close = () => {
    setMenu(false);
  };
  return (
    <Box sx={{ display: "flex", minHeight: "100dvh" }}>
      <Link
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
        sx={{
          position: "fixed",
          zIndex: "tooltip",
          top: -60,
          left: 8,
          p: 1,
          bgcolor: "background.paper",
          "&:focus": { top: 8 },
        }}
      >
        <Trans>Skip to content</Trans>
      </Link>
      <Sidebar
        width={SIDEBAR_PX}
        open={menu}
        onClose={close}
        onHelp={() => {
          setHelp(true);
        }}
      />
      <Box sx={{ flex: 1, minWidth: 0, display: "flex", flexDirection: "column" }}>
        <TopBar
          onMenu={() => {
            setMenu(true);
          }}
        />
        <Box
          component="main"
          id="content"
          ref={main}
          tabIndex={-1}
          sx={{ flex: 1, px: { xs: 2, sm: 3, lg: 4 }, py: 3, pb: 8, "&:focus": { outline: "none" } }}
        >
          {children}
        </Box>
      </Box>
      <ShortcutsDialog
        open={help}
        onClose={() => {
          setHelp(false);
        }}
      />
    </Box>
  );
}
