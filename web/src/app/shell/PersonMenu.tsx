import { Trans } from "@lingui/react/macro";
import { Avatar, Box, ButtonBase, Divider, Menu, MenuItem, Typography } from "@mui/material";
import { useColorScheme } from "@mui/material/styles";
import { ChevronsUpDown, Keyboard, Languages, LogOut, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { useApp } from "../context.ts";
import { language, usePreference } from "../preferences.ts";
import { hidden } from "../ui/hidden.ts";
import { useRoleName } from "../ui/useRoleName.ts";

/** Who is signed in, and their own settings. */
export function PersonMenu({ onHelp }: { onHelp: () => void }) {
  const { me, signOut } = useApp();
  const roleName = useRoleName();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const close = () => {
    setAnchor(null);
  };
  const then = (action: () => void) => () => {
    close();
    action();
  };
  return (
    <Box sx={{ p: 1, borderTop: 1, borderColor: "divider" }}>
      <ButtonBase
        aria-haspopup="menu"
        aria-describedby="person-menu"
        aria-expanded={anchor !== null}
        onClick={(event) => {
          setAnchor(event.currentTarget);
        }}
        sx={{
          width: "100%",
          gap: 1.25,
          p: 1,
          borderRadius: 1,
          textAlign: "left",
          "&:hover": { bgcolor: "action.hover" },
        }}
      >
        <Avatar
          aria-hidden
          sx={{ width: 30, height: 30, fontSize: 13, bgcolor: "primary.light", color: "primary.main" }}
        >
          {initials(me.name)}
        </Avatar>
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Typography variant="body2" noWrap sx={{ fontWeight: 600 }}>
            {me.name}
          </Typography>
          <Typography variant="caption" color="textSecondary" component="div">
            {roleName(me.role)}
          </Typography>
        </Box>
        <ChevronsUpDown size={15} aria-hidden />
      </ButtonBase>
      <Box component="span" id="person-menu" sx={hidden}>
        <Trans>Settings and sign out</Trans>
      </Box>
      <Menu
        anchorEl={anchor}
        open={anchor !== null}
        onClose={close}
        slotProps={{ list: { dense: true, sx: { minWidth: 208 } } }}
      >
        <SchemeItem onDone={close} />
        <LanguageItem onDone={close} />
        <MenuItem onClick={then(onHelp)} sx={{ gap: 1.25 }}>
          <Keyboard size={16} aria-hidden />
          <Trans>Keyboard shortcuts</Trans>
        </MenuItem>
        <Divider />
        <MenuItem onClick={then(signOut)} sx={{ gap: 1.25 }}>
          <LogOut size={16} aria-hidden />
          <Trans>Sign out</Trans>
        </MenuItem>
      </Menu>
    </Box>
  );
}

function SchemeItem({ onDone }: { onDone: () => void }) {
  const { mode, systemMode, setMode } = useColorScheme();
  const dark = (mode === "system" ? systemMode : mode) === "dark";
  return (
    <MenuItem
      sx={{ gap: 1.25 }}
      onClick={() => {
        setMode(dark ? "light" : "dark");
        onDone();
      }}
    >
      {dark ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
      {dark ? <Trans>Light colours</Trans> : <Trans>Dark colours</Trans>}
    </MenuItem>
  );
}

/** Each language in its own name, for whoever can't read the other. */
function LanguageItem({ onDone }: { onDone: () => void }) {
  const other = usePreference(language) === "en" ? "ru" : "en";
  return (
    <MenuItem
      lang={other}
      sx={{ gap: 1.25 }}
      onClick={() => {
        language.set(other);
        onDone();
      }}
    >
      <Languages size={16} aria-hidden />
      {NAMES[other]}
    </MenuItem>
  );
}

const NAMES = { en: "English", ru: "Русский" };

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return [words[0], words.length > 1 ? words.at(-1) : ""]
    .map((word) => Array.from(word ?? "")[0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
