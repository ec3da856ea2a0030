/** A business day: a plain date such as `2026-11-25`, of no zone, never a `Date`. */
export type Day = string & { readonly __day: unique symbol };

export interface Days {
  from: Day;
  to: Day;
}

const SHAPE = /^(\d{4})-(\d{2})-(\d{2})$/;
const MS_PER_DAY = 86_400_000;

/** The day that a text names, or null: what comes from an address or a field may be anything. */
export function parseDay(text: string | null | undefined): Day | null {
  if (!text || !SHAPE.test(text)) return null;
  const number = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(number) && fromNumber(number / MS_PER_DAY) === text ? (text as Day) : null;
}

/** The day it is in a zone, whatever the browser's own zone. */
export function todayIn(zone: string, now: number = Date.now()): Day {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
  }).formatToParts(now);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}` as Day;
}

export function addDays(day: Day, count: number): Day {
  return fromNumber(toNumber(day) + count);
}

/** How many days a range has, both ends included. */
export function lengthOf({ from, to }: Days): number {
  return toNumber(to) - toNumber(from) + 1;
}

export function lastDays(today: Day, count: number): Days {
  return { from: addDays(today, 1 - count), to: today };
}

export function monthOf(day: Day): Days {
  const from = `${day.slice(0, 7)}-01` as Day;
  return { from, to: addDays(`${addDays(from, 31).slice(0, 7)}-01` as Day, -1) };
}

export function monthBefore(day: Day): Days {
  return monthOf(addDays(monthOf(day).from, -1));
}

/** The ISO week of a day, Monday to Sunday. */
export function weekOf(day: Day): Days {
  const sinceMonday = (((toNumber(day) + 3) % 7) + 7) % 7;
  const from = addDays(day, -sinceMonday);
  return { from, to: addDays(from, 6) };
}

/** "Wed, 25 November 2026" in the reader's language; no zone can move it. */
export function formatDay(day: string, locale: string, style: "long" | "short" | "axis" = "long"): string {
  return new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone: "UTC" }).format(
    Date.parse(`${day}T00:00:00Z`),
  );
}

const STYLES: Record<"long" | "short" | "axis", Intl.DateTimeFormatOptions> = {
  long: { weekday: "short", day: "numeric", month: "long", year: "numeric" },
  short: { day: "numeric", month: "short", year: "numeric" },
  axis: { day: "numeric", month: "short" },
};

function toNumber(day: Day): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / MS_PER_DAY);
}

function fromNumber(number: number): Day {
  return new Date(number * MS_PER_DAY).toISOString().slice(0, 10) as Day;
}
