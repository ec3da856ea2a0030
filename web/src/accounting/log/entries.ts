import type { Entry } from "../../app/api/clients.ts";
import type { Row } from "../../app/format/csv.ts";
import { addDays, type Day, type Days, lengthOf } from "../../app/format/days.ts";
import { decimal, type Money, negated } from "../../app/format/money.ts";
import { MAX_DAYS } from "../../app/range/range.ts";

const DEBITS: ReadonlySet<Entry["kind"]> = new Set(["assignment_fee", "payout", "reward_correction"]);

/** What an entry did to the account: the kind tells the sign. */
export function signedAmount(entry: Entry): Money {
  return DEBITS.has(entry.kind) ? negated(entry.amount) : entry.amount;
}

export interface EntriesOfDay {
  day: Day;
  entries: Entry[];
}

/** Entries, newest first, under their business days. */
export function byDay(entries: readonly Entry[]): EntriesOfDay[] {
  const days = [...Map.groupBy(entries, (entry) => entry.business_day as Day)];
  return days
    .map(([day, ofDay]) => ({ day, entries: ofDay }))
    .sort((one, other) => (one.day < other.day ? 1 : -1));
}

/** The days to ask the sums of: those shown, as far back as one question may go; null of none. */
export function daysShown(days: readonly EntriesOfDay[]): Days | null {
  const [first, last] = [days.at(-1)?.day, days[0]?.day];
  if (!first || !last) return null;
  const range = { from: first, to: last };
  return lengthOf(range) <= MAX_DAYS ? range : { ...range, from: addDays(last, 1 - MAX_DAYS) };
}

/** The numbers of the entries that are loaded, by their ids. */
export function numbers(entries: readonly Entry[]): ReadonlyMap<string, number> {
  return new Map(entries.map((entry) => [entry.entry_id, entry.entry_number]));
}

export function toRows(entries: readonly Entry[]): Row[] {
  const head = [
    "entry_number",
    "business_day",
    "source_occurred_at",
    "kind",
    "amount",
    "balance_after",
    "currency",
    "task_id",
    "jira_id",
    "title",
    "corrects_entry_id",
    "corrected_by_entry_id",
    "corrected_by",
    "reason",
    "entry_id",
  ];
  const rows = entries.map((entry): Row => [
    entry.entry_number,
    entry.business_day,
    entry.source_occurred_at,
    entry.kind,
    { decimal: decimal(signedAmount(entry).amount) },
    { decimal: decimal(entry.balance_after.amount) },
    entry.amount.currency,
    entry.task?.task_id ?? "",
    entry.task?.jira_id ?? "",
    entry.task?.title ?? "",
    entry.correction?.corrects_entry_id ?? "",
    entry.corrected?.entry_id ?? "",
    (entry.correction ?? entry.corrected)?.made_by.name ?? "",
    (entry.correction ?? entry.corrected)?.reason ?? "",
    entry.entry_id,
  ]);
  return [head, ...rows];
}
