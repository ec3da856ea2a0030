import { lazy, Suspense } from "react";
import { ChartSpace } from "./ChartSpace.tsx";
import type { Money } from "../format/money.ts";
import { useFormat } from "../useFormat.ts";

const DayBars = lazy(() => import("./DayBars.tsx"));
const CENTS = 100;

interface Props {
  label: string;
  bars: readonly { day: string; money: Money | null }[];
}

/** Money by day: whole units on the axis, so that its ticks are round. */
export function MoneyBars({ label, bars }: Props) {
  const format = useFormat();
  const currency = bars.find((bar) => bar.money)?.money?.currency ?? "USD";
  return (
    <Suspense fallback={<ChartSpace />}>
      <DayBars
        label={label}
        bars={bars.map(({ day, money }) => ({ day, value: money && money.amount / CENTS }))}
        show={(value) => format.roundMoney({ amount: Math.round(value * CENTS), currency })}
      />
    </Suspense>
  );
}
