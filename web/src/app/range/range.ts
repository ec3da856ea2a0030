import {
  addDays,
  type Day,
  type Days,
  lastDays,
  lengthOf,
  monthBefore,
  monthOf,
  parseDay,
} from "../format/days.ts";

export const PRESETS = ["7d", "30d", "month", "last-month", "today"] as const;
export type Preset = (typeof PRESETS)[number];

/** The longest range that the services answer. */
export const MAX_DAYS = 366;

export interface Range extends Days {
  preset: Preset | null;
}

/** What the address asks for: a preset, which goes with the time, or fixed days; else the last 7 days. */
export function rangeOf(get: (name: string) => string | null, today: Day): Range {
  const from = parseDay(get("from"));
  const to = parseDay(get("to"));
  if (from && to && from <= to) return { preset: null, ...bounded({ from, to }) };
  const preset = PRESETS.find((one) => one === get("range")) ?? "7d";
  return { preset, ...daysOf(preset, today) };
}

function daysOf(preset: Preset, today: Day): Days {
  switch (preset) {
    case "today":
      return { from: today, to: today };
    case "7d":
      return lastDays(today, 7);
    case "30d":
      return lastDays(today, 30);
    case "month":
      return { from: monthOf(today).from, to: today };
    case "last-month":
      return monthBefore(today);
  }
}

function bounded(days: Days): Days {
  return lengthOf(days) <= MAX_DAYS ? days : { from: addDays(days.to, 1 - MAX_DAYS), to: days.to };
}
