import type { AnalyticsDay, TopTasks } from "../app/api/clients.ts";
import type { Row } from "../app/format/csv.ts";
import { decimal } from "../app/format/money.ts";
import type { Top } from "./queries.ts";

/** The most expensive task of each day that has one. */
export function topByDay(tasks: TopTasks): ReadonlyMap<string, Top> {
  return new Map(tasks.items.flatMap((item) => (item.top ? [[item.day, item.top]] : [])));
}

export function toRows(days: readonly AnalyticsDay[], tasks: TopTasks): Row[] {
  const tops = topByDay(tasks);
  return [
    [
      "day",
      "management_earnings",
      "accounts_in_minus",
      "fees",
      "rewards",
      "payouts",
      "currency",
      "top_reward",
      "top_task",
    ],
    ...days.map((day): Row => {
      const top = tops.get(day.day);
      return [
        day.day,
        { decimal: decimal(day.management_earnings.amount) },
        day.accounts_in_minus,
        { decimal: decimal(day.fees.amount) },
        { decimal: decimal(day.rewards.amount) },
        { decimal: decimal(day.payouts.amount) },
        day.management_earnings.currency,
        top ? { decimal: decimal(top.completion_reward.amount) } : "",
        top?.title ?? "",
      ];
    }),
  ];
}
