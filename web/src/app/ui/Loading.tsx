import { useLingui } from "@lingui/react/macro";
import { Box, Skeleton } from "@mui/material";

interface Props {
  rows?: number;
  height?: number;
}

/** As tall as what is coming, so that nothing moves when it does. */
export function Loading({ rows = 6, height = 52 }: Props) {
  const { t } = useLingui();
  return (
    <Box role="status" aria-label={t`Loading`}>
      {Array.from({ length: rows }, (_, index) => (
        <Box
          key={index}
          sx={{
            height,
            px: 2,
            display: "flex",
            alignItems: "center",
            gap: 2,
            borderTop: index ? 1 : 0,
            borderColor: "divider",
          }}
        >
          <Skeleton variant="text" width={`${String(38 + ((index * 17) % 30))}%`} />
          <Box sx={{ flex: 1 }} />
          <Skeleton variant="text" width={72} />
        </Box>
      ))}
    </Box>
  );
}
