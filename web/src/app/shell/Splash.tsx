import { Box, LinearProgress } from "@mui/material";
import { useLingui } from "@lingui/react/macro";

/** Shown while a page's code or the session is on its way. */
export function Splash() {
  const { t } = useLingui();
  return (
    <Box sx={{ position: "fixed", inset: "0 0 auto" }}>
      <LinearProgress aria-label={t`Loading`} />
    </Box>
  );
}
