import { Box, Stack, Typography } from "@mui/material";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  wide?: boolean;
}

/** A view: its heading, which also names the tab, its actions, and what it shows. */
export function Page({ title, subtitle, actions, children, wide = false }: Props) {
  useEffect(() => {
    document.title = `${title} · aTES`;
  }, [title]);
  return (
    <Box sx={{ maxWidth: wide ? 1180 : 920, mx: "auto", width: "100%" }}>
      <Stack
        direction="row"
        sx={{ flexWrap: "wrap", alignItems: "center", gap: 1.5, mb: 2.5, minHeight: 40 }}
      >
        <Box sx={{ flex: "1 1 0", minWidth: { xs: 150, sm: 220 } }}>
          <Typography variant="h1">{title}</Typography>
          {subtitle && (
            <Typography variant="body2" color="textSecondary" sx={{ mt: 0.25 }}>
              {subtitle}
            </Typography>
          )}
        </Box>
        {actions && (
          <Stack direction="row" sx={{ flexWrap: "wrap", gap: 1, alignItems: "center" }}>
            {actions}
          </Stack>
        )}
      </Stack>
      {children}
    </Box>
  );
}
