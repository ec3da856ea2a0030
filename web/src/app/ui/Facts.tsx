import { Box } from "@mui/material";
import type { ReactNode } from "react";

/** Terms and what they are, beside each other. */
export function Facts({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: "grid",
        gridTemplateColumns: { xs: "minmax(90px, auto) 1fr", sm: "130px 1fr" },
        columnGap: 2,
        rowGap: 1,
        alignItems: "center",
      }}
    >
      {facts.map(([term, value]) => (
        <Box key={term} sx={{ display: "contents" }}>
          <Box component="dt" sx={{ color: "text.secondary", fontSize: "0.8125rem" }}>
            {term}
          </Box>
          <Box component="dd" sx={{ m: 0, minWidth: 0 }}>
            {value}
          </Box>
        </Box>
      ))}
    </Box>
  );
}
