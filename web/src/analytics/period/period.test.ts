import { expect, it } from "vitest";
import type { Day } from "../../app/format/days.ts";
import { moved, periodOf } from "./period.ts";

const TODAY = "2026-11-25" as Day;
const periodAt = (query: string) => {
  const params = new URLSearchParams(query);
  return periodOf((name) => params.get(name), TODAY);
};

it("has no days that are to come", () => {
  expect(periodAt("").days).toEqual({ from: "2026-11-23", to: TODAY });
  expect(periodAt("period=month&date=2026-02-10").days).toEqual({ from: "2026-02-01", to: "2026-02-28" });
  expect(periodAt("period=day&date=2030-01-01").days).toEqual({ from: TODAY, to: TODAY });
});

it("goes to its neighbours, and not into the future", () => {
  expect(moved(periodAt("period=week"), -1, TODAY)).toBe("2026-11-22");
  expect(moved(periodAt("period=month&date=2026-09-15"), 1, TODAY)).toBe("2026-10-01");
  expect(moved(periodAt("period=week"), 1, TODAY)).toBeNull();
});
