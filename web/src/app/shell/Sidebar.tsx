import { useLingui } from "@lingui/react/macro";
import { Box, Drawer, List, ListItem, ListItemButton, Typography } from "@mui/material";
import { NavLink, useLocation } from "react-router";
import { type NavItem, useNav } from "../nav.tsx";
import { PersonMenu } from "./PersonMenu.tsx";

interface Props {
  width: number;
  open: boolean;
  onClose: () => void;
  onHelp: () => void;
}

/** The ways to the views: beside them on a wide screen, over them on a phone. */
export function Sidebar({ width, open, onClose, onHelp }: Props) {
  const { t } = useLingui();
  const content = (
    <Box sx={{ width, height: "100%", display: "flex", flexDirection: "column" }}>
      <Brand />
      <Box component="nav" aria-label={t`Views`} sx={{ flex: 1, overflowY: "auto", px: 1 }}>
        <Groups onFollow={onClose} />
      </Box>
      <PersonMenu onHelp={onHelp} />
    </Box>
  );
  return (
    <>
      <Box
        component="aside"
        aria-label={t`Navigation`}
        sx={{
          display: { xs: "none", md: "block" },
          width,
          flexShrink: 0,
          position: "sticky",
          top: 0,
          height: "100dvh",
          borderRight: 1,
          borderColor: "divider",
        }}
      >
        {content}
      </Box>
      <Drawer
        open={open}
        onClose={onClose}
        sx={{ display: { md: "none" } }}
        slotProps={{ paper: { "aria-label": t`Navigation` } }}
      >
        {content}
      </Drawer>
    </>
  );
}

function Brand() {
  return (
    <Box sx={{ display: "flex", alignItems: "center", gap: 1.25, px: 2, height: 56 }}>
      <img src="/favicon.svg" alt="" width={24} height={24} />
      <Typography sx={{ fontWeight: 650, letterSpacing: "-0.01em" }}>aTES</Typography>
    </Box>
  );
}

function Groups({ onFollow }: { onFollow: () => void }) {
  return useNav().map((group) => (
    <Box key={group.label} sx={{ mb: 1.5 }}>
      <Typography
        variant="overline"
        component="h2"
        id={`nav-${group.name}`}
        color="textSecondary"
        sx={{ px: 1.25 }}
      >
        {group.label}
      </Typography>
      <List dense disablePadding aria-labelledby={`nav-${group.name}`}>
        {group.items.map((item) => (
          <NavEntry key={item.path} item={item} onFollow={onFollow} />
        ))}
      </List>
    </Box>
  ));
}

function NavEntry({ item, onFollow }: { item: NavItem; onFollow: () => void }) {
  const { pathname } = useLocation();
  const selected = pathname === item.path || pathname.startsWith(`${item.path}/`);
  const Icon = item.icon;
  return (
    <ListItem disablePadding>
      <ListItemButton
        component={NavLink}
        to={item.path}
        onClick={onFollow}
        selected={selected}
        sx={{
          borderRadius: 1,
          gap: 1.25,
          px: 1.25,
          py: 0.75,
          mb: 0.25,
          color: selected ? "text.primary" : "text.secondary",
          fontWeight: selected ? 600 : 500,
          fontSize: "0.875rem",
        }}
      >
        <Icon size={17} strokeWidth={1.9} aria-hidden />
        {item.label}
      </ListItemButton>
    </ListItem>
  );
}
