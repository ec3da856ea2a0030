import { useLingui } from "@lingui/react/macro";
import { Box, Skeleton, ToggleButton, ToggleButtonGroup } from "@mui/material";
import { lazy, Suspense } from "react";
import { useApp } from "../context.ts";
import { addDays, type Day, todayIn } from "../format/days.ts";
import { useAddress } from "../useAddress.ts";
import { MAX_DAYS, PRESETS, type Preset, type Range } from "./range.ts";

const DayField = lazy(() => import("./DayField.tsx"));

/** Presets, or a first and a last day. */
export function RangeControls({ range }: { range: Range }) {
  const { t } = useLingui();
  const { config } = useApp();
  const { change } = useAddress();
  const today = todayIn(config.business_timezone);
  const names: Record<Preset, string> = {
    today: t`Today`,
    "7d": t`7 days`,
    "30d": t`30 days`,
    month: t`This month`,
    "last-month": t`Last month`,
  };
  const setDays = (from: Day, to: Day) => {
    const first = from > to ? to : from;
    change({ range: null, from: first < addDays(to, 1 - MAX_DAYS) ? addDays(to, 1 - MAX_DAYS) : first, to });
  };
  return (
    <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2, alignItems: "center" }}>
      <ToggleButtonGroup
        exclusive
        size="small"
        aria-label={t`Range`}
        value={range.preset}
        sx={{ overflowX: "auto", maxWidth: "100%", "& > *": { flexShrink: 0, whiteSpace: "nowrap" } }}
        onChange={(_event, preset: Preset | null) => {
          if (preset) change({ range: preset, from: null, to: null });
        }}
      >
        {PRESETS.map((preset) => (
          <ToggleButton key={preset} value={preset}>
            {names[preset]}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      <Suspense fallback={<Skeleton variant="rounded" width={316} height={37} />}>
        <Box sx={{ display: "flex", gap: 1.5, flex: { xs: "1 1 100%", sm: "0 0 auto" } }}>
          <DayField
            label={t`From`}
            value={range.from}
            max={today}
            onChange={(from) => {
              if (from) setDays(from, from > range.to ? from : range.to);
            }}
          />
          <DayField
            label={t`To`}
            value={range.to}
            max={today}
            onChange={(to) => {
              if (to) setDays(range.from, to);
            }}
          />
        </Box>
      </Suspense>
    </Box>
  );
}
