import { lazy, Suspense } from "react";
import { useFormat } from "../useFormat.ts";
import { ChartSpace } from "./ChartSpace.tsx";

const DayBars = lazy(() => import("./DayBars.tsx"));

interface Props {
  label: string;
  bars: readonly { day: string; value: number }[];
}

/** How many there were of something, by day. */
export function CountBars({ label, bars }: Props) {
  const format = useFormat();
  return (
    <Suspense fallback={<ChartSpace />}>
      <DayBars label={label} bars={bars} show={format.number} whole />
    </Suspense>
  );
}
