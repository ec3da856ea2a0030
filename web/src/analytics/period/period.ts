import { addDays, type Day, type Days, monthOf, parseDay, weekOf } from "../../app/format/days.ts";
import { type Range, rangeOf } from "../../app/range/range.ts";

export const PERIODS = ["day", "week", "month", "range"] as const;
export type PeriodKind = (typeof PERIODS)[number];

export interface Period {
  kind: PeriodKind;
  /** A day of the period. */
  date: Day;
  /** Its days that are not in the future. */
  days: Days;
  range: Range;
}

/** What the address asks for; else this week. */
export function periodOf(get: (name: string) => string | null, today: Day): Period {
  const kind = PERIODS.find((one) => one === get("period")) ?? "week";
  const asked = parseDay(get("date"));
  const date = asked && asked <= today ? asked : today;
  const range = rangeOf(get, today);
  return { kind, date, range, days: upTo(today, daysOf(kind, date, range)) };
}

/** The same period one further; null when it has not begun. */
export function moved({ kind, date }: Period, step: 1 | -1, today: Day): Day | null {
  const days = daysOf(kind, date, null);
  const next = step > 0 ? addDays(days.to, 1) : addDays(days.from, -1);
  return next > today ? null : next;
}

function daysOf(kind: PeriodKind, date: Day, range: Days | null): Days {
  switch (kind) {
    case "day":
      return { from: date, to: date };
    case "week":
      return weekOf(date);
    case "month":
      return monthOf(date);
    case "range":
      return range ?? { from: date, to: date };
  }
}

function upTo(today: Day, { from, to }: Days): Days {
  return { from, to: to > today && from <= today ? today : to };
}
