import { describe, expect, it } from "vitest";
import type { Entry } from "./api/clients.ts";
import type { Day } from "./format/days.ts";
import { rangeOf } from "./range/range.ts";
import { formatLocale } from "./texts.ts";
import { allPages, distinct } from "./usePages.ts";
import { stillWaiting } from "./useRewards.ts";

const TODAY = "2026-11-25" as Day;
const address = (query: string) => {
  const params = new URLSearchParams(query);
  return (name: string) => params.get(name);
};

describe("pages", () => {
  it("show what stands on two of them once, as it is on the later", () => {
    const pages = [
      {
        items: [
          { id: "a", at: 1 },
          { id: "b", at: 1 },
        ],
        next_cursor: "x",
      },
      {
        items: [
          { id: "b", at: 2 },
          { id: "c", at: 2 },
        ],
        next_cursor: null,
      },
    ];
    expect(distinct(pages, (item) => item.id)).toEqual([
      { id: "a", at: 1 },
      { id: "b", at: 2 },
      { id: "c", at: 2 },
    ]);
  });

  it("are read to the last, over empty ones too", async () => {
    const pages = new Map([
      [null, { items: [1], next_cursor: "b" }],
      ["b", { items: [], next_cursor: "c" }],
      ["c", { items: [2], next_cursor: null }],
    ]);
    const read = (cursor: string | null) =>
      Promise.resolve(pages.get(cursor) ?? { items: [], next_cursor: null });
    const told: number[] = [];
    const all = await allPages<number>(read, new AbortController().signal, (count) => told.push(count));
    expect(all).toEqual([1, 2]);
    expect(told).toEqual([1, 1, 2]);
  });
});

describe("a range", () => {
  it("goes with the time, or is of fixed days", () => {
    expect(rangeOf(address("range=30d"), TODAY)).toEqual({ preset: "30d", from: "2026-10-27", to: TODAY });
    expect(rangeOf(address("range=last-month"), TODAY)).toMatchObject({
      from: "2026-10-01",
      to: "2026-10-31",
    });
    expect(rangeOf(address("from=2026-01-01&to=2026-01-02"), TODAY)).toEqual({
      preset: null,
      from: "2026-01-01",
      to: "2026-01-02",
    });
  });

  it("is the last 7 days when the address makes no sense, and never longer than is answered", () => {
    for (const query of ["", "range=ever", "from=2026-02-30&to=x", "from=2026-02-02&to=2026-02-01"])
      expect(rangeOf(address(query), TODAY)).toEqual({ preset: "7d", from: "2026-11-19", to: TODAY });
    expect(rangeOf(address("from=2020-01-01&to=2026-11-25"), TODAY).from).toBe("2025-11-25");
  });
});

describe("rewards on their way", () => {
  const entry = (kind: Entry["kind"], task_id: string) => ({ kind, task: { task_id } }) as Entry;

  it("arrive with their entry, and are given up at last", () => {
    const waiting = { a: 0, b: 0, c: -200_000 };
    const entries = [entry("completion_reward", "a"), entry("assignment_fee", "b")];
    expect(stillWaiting(waiting, entries, 1_000)).toEqual({ b: 0 });
  });
});

it("formats in the reader's own variety of the chosen language", () => {
  expect(formatLocale("en", ["ru-RU", "en-GB"])).toBe("en-GB");
  expect(formatLocale("ru", ["en-GB"])).toBe("ru");
});
