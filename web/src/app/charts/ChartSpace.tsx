import { Skeleton } from "@mui/material";

/** As high as the chart that comes. */
export function ChartSpace() {
  return <Skeleton variant="rounded" height={240} />;
}
