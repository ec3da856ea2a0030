import { useLingui } from "@lingui/react/macro";
import { Skeleton } from "@mui/material";
import { lazy, Suspense } from "react";
import { useApp } from "../../app/context.ts";
import { parseDay, todayIn } from "../../app/format/days.ts";
import { useAddress } from "../../app/useAddress.ts";

const DayField = lazy(() => import("../../app/range/DayField.tsx"));

/** One business day of a log, or all. */
export function DayFilter() {
  const { t } = useLingui();
  const { config } = useApp();
  const { get, change } = useAddress();
  return (
    <Suspense fallback={<Skeleton variant="rounded" width={168} height={37} />}>
      <DayField
        label={t`Day`}
        clearable
        value={parseDay(get("day"))}
        max={todayIn(config.business_timezone)}
        onChange={(day) => {
          change({ day });
        }}
      />
    </Suspense>
  );
}
