import { useLingui } from "@lingui/react/macro";
import { Box, IconButton, Skeleton, ToggleButton, ToggleButtonGroup } from "@mui/material";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Day } from "../../app/format/days.ts";
import { RangeControls } from "../../app/range/RangeControls.tsx";
import { useAddress } from "../../app/useAddress.ts";
import { moved, type Period, type PeriodKind, PERIODS } from "./period.ts";

const DayField = lazy(() => import("../../app/range/DayField.tsx"));

interface Props {
  period: Period;
  today: Day;
}

/** A day, a week or a month with its neighbours, or any range. */
export function PeriodControls({ period, today }: Props) {
  const { t } = useLingui();
  const { change } = useAddress();
  const names: Record<PeriodKind, string> = { day: t`Day`, week: t`Week`, month: t`Month`, range: t`Range` };
  return (
    <>
      <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2, alignItems: "center" }}>
        <ToggleButtonGroup
          exclusive
          size="small"
          aria-label={t`Period`}
          value={period.kind}
          onChange={(_event, kind: PeriodKind | null) => {
            if (kind) change({ period: kind });
          }}
        >
          {PERIODS.map((kind) => (
            <ToggleButton key={kind} value={kind}>
              {names[kind]}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
        {period.kind !== "range" && <Neighbours period={period} today={today} />}
      </Box>
      {period.kind === "range" && <RangeControls range={period.range} />}
    </>
  );
}

function Neighbours({ period, today }: Props) {
  const { t } = useLingui();
  const { change } = useAddress();
  const later = moved(period, 1, today);
  return (
    <Box sx={{ display: "flex", alignItems: "center", gap: 0.5 }}>
      <IconButton
        aria-label={t`Earlier`}
        onClick={() => {
          change({ date: moved(period, -1, today) });
        }}
      >
        <ChevronLeft size={18} aria-hidden />
      </IconButton>
      <Suspense fallback={<Skeleton variant="rounded" width={168} height={37} />}>
        <DayField
          label={t`Date`}
          value={period.date}
          max={today}
          onChange={(date) => {
            change({ date });
          }}
        />
      </Suspense>
      <IconButton
        aria-label={t`Later`}
        disabled={later === null}
        onClick={() => {
          change({ date: later });
        }}
      >
        <ChevronRight size={18} aria-hidden />
      </IconButton>
    </Box>
  );
}
