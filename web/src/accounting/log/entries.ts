import type { Entry } from "../../app/api/clients.ts";
import type { Row } from "../../app/format/csv.ts";
import { decimal, type Money, negated, sum } from "../../app/format/money.ts";

const DEBITS: ReadonlySet<Entry["kind"]> = new Set(["assignment_fee", "payout", "reward_correction"]);

/** What an entry did to the account: the kind tells the sign. */
export function signedAmount(entry: Entry): Money {
  return DEBITS.has(entry.kind) ? negated(entry.amount) : entry.amount;
}

export interface EntriesOfDay {
  day: string;
  entries: Entry[];
  /** Rewards less fees, corrections included; null while not all of the day is loaded. */
  earned: Money | null;
}

/** Entries, newest first, under their business days; the last day may go on behind the last page. */
export function byDay(entries: readonly Entry[], more: boolean): EntriesOfDay[] {
  const days = [...Map.groupBy(entries, (entry) => entry.business_day)].sort(([one], [other]) =>
    one < other ? 1 : -1,
  );
  return days.map(([day, ofDay], index) => ({
    day,
    entries: ofDay,
    earned: more && index === days.length - 1 ? null : earned(ofDay),
  }));
}

function earned(entries: readonly Entry[]): Money | null {
  const first = entries[0];
  const amounts = entries.filter((entry) => entry.kind !== "payout").map(signedAmount);
  return sum(amounts) ?? (first ? { amount: 0, currency: first.amount.currency } : null);
}

/** By which entry each corrected one was corrected, among those that are loaded. */
export function corrections(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(
    entries.flatMap((entry) => (entry.correction ? [[entry.correction.corrects_entry_id, entry]] : [])),
  );
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
    entry.correction?.reason ?? "",
    entry.entry_id,
  ]);
  return [head, ...rows];
}
