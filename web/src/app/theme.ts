import "@fontsource-variable/inter/wght.css";
import type { CssVarsTheme, CssVarsThemeOptions, PaletteOptions, ThemeOptions } from "@mui/material/styles";

/** Everything about the look that is not layout: colours with their dark pairs, type, spacing, radii. */

const LIGHT: PaletteOptions = {
  primary: { main: "#17654f", dark: "#0f4c3b", light: "#e4f0ec", contrastText: "#ffffff" },
  error: { main: "#b3261e", light: "#fbeae8", contrastText: "#ffffff" },
  warning: { main: "#8a5300", light: "#fcf1df", contrastText: "#ffffff" },
  success: { main: "#1a6b3c", light: "#e6f3eb", contrastText: "#ffffff" },
  info: { main: "#2c5d8f", light: "#e8f0f8", contrastText: "#ffffff" },
  background: { default: "#f7f7f5", paper: "#ffffff" },
  text: { primary: "#1c1e1d", secondary: "#5b625e", disabled: "#8b918d" },
  divider: "#e5e6e2",
};

const DARK: PaletteOptions = {
  primary: { main: "#74cbb0", dark: "#9adcc8", light: "#1d332c", contrastText: "#0b1f19" },
  error: { main: "#f4a59d", light: "#3a2220", contrastText: "#2b0b08" },
  warning: { main: "#e9bb6c", light: "#362b18", contrastText: "#261a04" },
  success: { main: "#83cf9f", light: "#1b3025", contrastText: "#08210f" },
  info: { main: "#98c3ec", light: "#1c2a38", contrastText: "#081b2d" },
  background: { default: "#111312", paper: "#181b1a" },
  text: { primary: "#eceeed", secondary: "#a4aca8", disabled: "#6d7470" },
  divider: "#2a2e2c",
};

const RADIUS = 8;
const FONT = '"Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

export const FIGURES = { fontVariantNumeric: "tabular-nums" } as const;

const TYPE: CssVarsThemeOptions["typography"] = {
  fontFamily: FONT,
  fontSize: 14,
  h1: { fontSize: "1.375rem", lineHeight: 1.3, fontWeight: 620, letterSpacing: "-0.012em" },
  h2: { fontSize: "1rem", lineHeight: 1.4, fontWeight: 600, letterSpacing: "-0.006em" },
  h3: { fontSize: "0.875rem", lineHeight: 1.45, fontWeight: 600 },
  body1: { fontSize: "0.875rem", lineHeight: 1.5 },
  body2: { fontSize: "0.8125rem", lineHeight: 1.5 },
  caption: { fontSize: "0.75rem", lineHeight: 1.4 },
  button: { textTransform: "none", fontWeight: 550 },
  overline: { fontSize: "0.6875rem", lineHeight: 1.6, fontWeight: 600, letterSpacing: "0.05em" },
};

const STILL = { "@media (prefers-reduced-motion: reduce)": { animation: "none", transition: "none" } };

/** What floats has a hairline around it, which shadows alone don't show in the dark. */
const outlined = ({ theme }: { theme: CssVarsTheme }) => ({
  border: `1px solid ${theme.vars.palette.divider}`,
});

const COMPONENTS: CssVarsThemeOptions["components"] = {
  MuiCssBaseline: {
    styleOverrides: {
      body: { fontFeatureSettings: '"cv11", "ss03"', overflowWrap: "break-word" },
      "*, *::before, *::after": STILL,
      ":focus-visible": { outline: "2px solid var(--mui-palette-primary-main)", outlineOffset: 2 },
    },
  },
  MuiButtonBase: { defaultProps: { disableRipple: true } },
  MuiButton: {
    defaultProps: { disableElevation: true },
    styleOverrides: { root: { minHeight: 36, borderRadius: RADIUS }, sizeSmall: { minHeight: 30 } },
  },
  MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: "none" } } },
  MuiDialog: { styleOverrides: { paper: outlined } },
  MuiPopover: { styleOverrides: { paper: outlined } },
  MuiAutocomplete: { styleOverrides: { paper: outlined } },
  MuiDialogTitle: { styleOverrides: { root: { padding: "20px 24px 12px" } } },
  MuiDialogActions: { styleOverrides: { root: { padding: "12px 24px 20px" } } },
  MuiOutlinedInput: {
    styleOverrides: { root: ({ theme }) => ({ backgroundColor: theme.vars.palette.background.paper }) },
  },
  MuiTableBody: { styleOverrides: { root: { "&:last-child > tr:last-of-type > *": { borderBottom: 0 } } } },
  MuiTextField: { defaultProps: { size: "small", fullWidth: true } },
  MuiTable: { defaultProps: { size: "small" } },
  MuiTableCell: {
    styleOverrides: {
      root: ({ theme }) => ({
        padding: "9px 12px",
        fontSize: "0.8125rem",
        borderColor: theme.vars.palette.divider,
        // The first cell of a row; `:first-of-type` also matches the first `td` after a `th`.
        "&:not(* + *)": { paddingLeft: 16 },
        "&:last-of-type": { paddingRight: 16 },
        ...FIGURES,
      }),
      footer: ({ theme }) => ({ fontWeight: 600, color: theme.vars.palette.text.primary, borderBottom: 0 }),
      head: ({ theme }) => ({
        fontWeight: 550,
        color: theme.vars.palette.text.secondary,
        lineHeight: 1.35,
        verticalAlign: "bottom",
      }),
    },
  },
  MuiChip: { styleOverrides: { root: { borderRadius: 6, fontWeight: 500 } } },
  MuiToggleButton: {
    styleOverrides: {
      root: ({ theme }) => ({
        textTransform: "none",
        padding: "4px 12px",
        minHeight: 36,
        color: theme.vars.palette.text.secondary,
        borderColor: theme.vars.palette.divider,
        backgroundColor: theme.vars.palette.background.paper,
        "&.Mui-selected": {
          color: theme.vars.palette.primary.main,
          backgroundColor: theme.vars.palette.primary.light,
        },
      }),
    },
  },
  MuiLink: { defaultProps: { underline: "hover" } },
  MuiTooltip: { defaultProps: { enterDelay: 500 } },
  MuiSkeleton: {
    defaultProps: { animation: "wave" },
    styleOverrides: { root: ({ theme }) => ({ backgroundColor: theme.vars.palette.action.hover }) },
  },
};

export const themeOptions = {
  cssVariables: { colorSchemeSelector: "data-color-scheme" },
  colorSchemes: { light: { palette: LIGHT }, dark: { palette: DARK } },
  shape: { borderRadius: RADIUS },
  spacing: 8,
  typography: TYPE,
  components: COMPONENTS,
} satisfies ThemeOptions & Pick<CssVarsThemeOptions, "colorSchemes">;
