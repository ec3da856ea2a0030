import { describe, expect, it } from "vitest";
import type { Entry } from "../../app/api/clients.ts";
import { byDay, daysShown, numbers, signedAmount, toRows } from "./entries.ts";

const BOSS = { account_id: "boss", name: "Boss" };
let number = 0;
function entry(kind: Entry["kind"], cents: number, day = "2026-11-25", rest: Partial<Entry> = {}): Entry {
  number += 1;
  const money = { amount: cents, currency: "USD" };
  return {
    entry_id: `e${String(number)}`,
    entry_number: number,
    kind,
    amount: money,
    balance_after: money,
    business_day: day,
    source_occurred_at: "2026-11-25T10:00:00Z",
    posted_at: "2026-11-25T10:00:01Z",
    task: null,
    correction: null,
    corrected: null,
    ...rest,
  };
}

describe("entries", () => {
  it("have the sign of their kind", () => {
    const kinds = [
      "assignment_fee",
      "completion_reward",
      "payout",
      "fee_correction",
      "reward_correction",
    ] as const;
    expect(kinds.map((kind) => signedAmount(entry(kind, 100)).amount)).toEqual([-100, 100, -100, 100, -100]);
  });

  it("stand under their days, newest first", () => {
    const days = byDay([
      entry("payout", 1500, "2026-11-24"),
      entry("completion_reward", 3000),
      entry("assignment_fee", 1500),
      entry("completion_reward", 1500, "2026-11-24"),
    ]);
    expect(days.map(({ day, entries }) => [day, entries.length])).toEqual([
      ["2026-11-25", 2],
      ["2026-11-24", 2],
    ]);
  });

  it("ask for the sums of the days that are shown, a year at most", () => {
    const shown = (...days: string[]) => daysShown(byDay(days.map((day) => entry("payout", 1, day))));
    expect(shown()).toBeNull();
    expect(shown("2026-11-25", "2026-11-23")).toEqual({ from: "2026-11-23", to: "2026-11-25" });
    expect(shown("2026-11-25", "2020-01-01")).toEqual({ from: "2025-11-25", to: "2026-11-25" });
  });

  it("name each other by their numbers when one corrected the other", () => {
    const wrong = entry("assignment_fee", 1500);
    expect(numbers([wrong]).get(wrong.entry_id)).toBe(wrong.entry_number);
  });

  it("go out with who corrected them and why, on both sides", () => {
    const why = { made_by: BOSS, reason: "typo" };
    const by = { ...why, entry_id: "by", entry_number: 2, posted_at: "2026-11-25T10:00:01Z" };
    const wrong = entry("assignment_fee", 1500, "2026-11-25", { corrected: by });
    const correction = { ...why, corrects_entry_id: wrong.entry_id, corrected_by: "boss" };
    const [, first, second] = toRows([wrong, entry("fee_correction", 1500, "2026-11-25", { correction })]);
    expect(first).toEqual(expect.arrayContaining(["by", "Boss", "typo"]));
    expect(second).toEqual(expect.arrayContaining([wrong.entry_id, "Boss", "typo"]));
  });

  it("go out as lines that have a cell for each head", () => {
    const [head, line] = toRows([entry("payout", 1205)]);
    expect(line).toHaveLength(head?.length ?? 0);
    expect(line).toContainEqual({ decimal: "-12.05" });
  });
});
