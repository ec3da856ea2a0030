import { describe, expect, it } from "vitest";
import type { Entry } from "../../app/api/clients.ts";
import { byDay, corrections, signedAmount, toRows } from "./entries.ts";

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

  it("stand under their days, newest first, with what was earned and no payout in it", () => {
    const days = byDay(
      [
        entry("payout", 1500, "2026-11-24"),
        entry("completion_reward", 3000),
        entry("assignment_fee", 1500),
        entry("completion_reward", 1500, "2026-11-24"),
      ],
      false,
    );
    expect(days.map(({ day, earned }) => [day, earned?.amount])).toEqual([
      ["2026-11-25", 1500],
      ["2026-11-24", 1500],
    ]);
  });

  it("have no sum for a day that goes on behind the last page", () => {
    const days = byDay([entry("completion_reward", 1), entry("completion_reward", 1, "2026-11-24")], true);
    expect(days.map(({ earned }) => earned?.amount)).toEqual([1, undefined]);
  });

  it("say by which they were corrected", () => {
    const wrong = entry("assignment_fee", 1500);
    const by = entry("fee_correction", 1500, "2026-11-25", {
      correction: { corrects_entry_id: wrong.entry_id, corrected_by: "boss", made_by: BOSS, reason: "typo" },
    });
    expect(corrections([by, wrong]).get(wrong.entry_id)).toBe(by);
  });

  it("go out as lines that have a cell for each head", () => {
    const [head, line] = toRows([entry("payout", 1205)]);
    expect(line).toHaveLength(head?.length ?? 0);
    expect(line).toContainEqual({ decimal: "-12.05" });
  });
});
