import type { CompanyDay } from "../../app/api/clients.ts";
import type { Row } from "../../app/format/csv.ts";
import { decimal, type Money, sum } from "../../app/format/money.ts";

export const COLUMNS = [
  "fees",
  "rewards",
  "fee_corrections",
  "reward_corrections",
  "management_earnings",
  "payouts",
] as const;
export type Column = (typeof COLUMNS)[number];

/** The sums over a range; null of no days. */
export function totals(days: readonly CompanyDay[]): Record<Column, Money> | null {
  const sums = COLUMNS.map((column) => [column, sum(days.map((day) => day[column]))] as const);
  if (sums.some(([, money]) => money === null)) return null;
  return Object.fromEntries(sums) as Record<Column, Money>;
}

export function toRows(days: readonly CompanyDay[]): Row[] {
  const head: Row = ["day", ...COLUMNS, "currency"];
  return [
    head,
    ...days.map((day): Row => [
      day.day,
      ...COLUMNS.map((column) => ({ decimal: decimal(day[column].amount) })),
      day.fees.currency,
    ]),
  ];
}
