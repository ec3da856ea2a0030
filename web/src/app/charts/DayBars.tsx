import { Box } from "@mui/material";
import { useTheme } from "@mui/material/styles";
import { BarChart } from "@mui/x-charts/BarChart";
import type {} from "@mui/material/themeCssVarsAugmentation";
import { useFormat } from "../useFormat.ts";

interface Bar {
  day: string;
  value: number | null;
}

interface Props {
  label: string;
  /** Newest first, as the services answer. */
  bars: readonly Bar[];
  show: (value: number) => string;
  /** Counts have no ticks between whole numbers. */
  whole?: boolean;
}

const HEIGHT_PX = 240;
const AXIS_PX = 76;

/** Figures by day, what is below zero in another colour. The same figures stand in a table beside it. */
export default function DayBars({ label, bars, show, whole = false }: Props) {
  const format = useFormat();
  const theme = useTheme();
  const palette = theme.vars.palette;
  const inOrder = bars.toReversed();
  return (
    <Box role="img" aria-label={label}>
      <BarChart
        height={HEIGHT_PX}
        hideLegend
        skipAnimation
        borderRadius={3}
        margin={{ left: 0, right: 8, top: 12, bottom: 0 }}
        grid={{ horizontal: true }}
        xAxis={[
          {
            scaleType: "band",
            data: inOrder.map((bar) => bar.day),
            valueFormatter: (day: string, { location }) =>
              location === "tick" ? format.axisDay(day) : format.day(day),
            disableLine: true,
            disableTicks: true,
          },
        ]}
        yAxis={[
          {
            width: AXIS_PX,
            valueFormatter: show,
            ...(whole && { tickMinStep: 1 }),
            colorMap: {
              type: "piecewise",
              thresholds: [0],
              colors: [palette.error.main, palette.primary.main],
            },
            disableLine: true,
            disableTicks: true,
          },
        ]}
        series={[
          {
            label,
            data: inOrder.map((bar) => bar.value),
            valueFormatter: (value) => (value === null ? "" : show(value)),
          },
        ]}
      />
    </Box>
  );
}
