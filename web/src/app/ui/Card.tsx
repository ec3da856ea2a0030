import { Box, Typography } from "@mui/material";
import type { ReactNode } from "react";

interface Props {
  title?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  padded?: boolean;
  mt?: number;
  mb?: number;
}

/** A surface with a hairline around it. */
export function Card({ title, aside, children, padded = false, mt = 0, mb = 0 }: Props) {
  return (
    <Box
      component="section"
      sx={{
        mt,
        mb,
        bgcolor: "background.paper",
        border: 1,
        borderColor: "divider",
        borderRadius: 1.5,
        overflow: "hidden",
      }}
    >
      {title && (
        <Box sx={{ display: "flex", alignItems: "baseline", gap: 2, px: 2, pt: 1.75, pb: padded ? 0 : 1.25 }}>
          <Typography variant="h2" sx={{ flex: 1 }}>
            {title}
          </Typography>
          {aside && (
            <Typography variant="body2" color="textSecondary" component="div">
              {aside}
            </Typography>
          )}
        </Box>
      )}
      <Box sx={padded ? { p: 2 } : {}}>{children}</Box>
    </Box>
  );
}
