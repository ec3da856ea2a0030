import { describe, expect, it } from "vitest";
import { csv } from "./csv.ts";
import {
  addDays,
  type Day,
  formatDay,
  lengthOf,
  monthBefore,
  monthOf,
  parseDay,
  todayIn,
  weekOf,
} from "./days.ts";
import { decimal, formatMoney, sum } from "./money.ts";

const day = (text: string) => text as Day;
const usd = (amount: number) => ({ amount, currency: "USD" });

describe("days", () => {
  it("takes plain days alone", () => {
    expect(parseDay("2026-11-25")).toBe("2026-11-25");
    for (const wrong of ["2026-02-30", "2026-13-01", "26-1-1", "2026-11-25T00:00:00Z", "", null])
      expect(parseDay(wrong)).toBeNull();
  });

  it("knows today by the company's zone, not the browser's", () => {
    const noon = Date.parse("2026-11-25T12:00:00Z");
    expect(todayIn("Pacific/Kiritimati", noon)).toBe("2026-11-26");
    expect(todayIn("Pacific/Honolulu", Date.parse("2026-11-25T09:59:00Z"))).toBe("2026-11-24");
    expect(todayIn("UTC", noon)).toBe("2026-11-25");
  });

  it("counts over months, years and clock changes", () => {
    expect(addDays(day("2026-12-31"), 1)).toBe("2027-01-01");
    expect(addDays(day("2028-03-01"), -1)).toBe("2028-02-29");
    expect(lengthOf({ from: day("2026-10-01"), to: day("2026-10-31") })).toBe(31);
  });

  it("knows ISO weeks and months", () => {
    expect(weekOf(day("2026-11-25"))).toEqual({ from: "2026-11-23", to: "2026-11-29" });
    expect(weekOf(day("2026-11-29"))).toEqual({ from: "2026-11-23", to: "2026-11-29" });
    expect(weekOf(day("1969-12-31"))).toEqual({ from: "1969-12-29", to: "1970-01-04" });
    expect(monthOf(day("2028-02-10"))).toEqual({ from: "2028-02-01", to: "2028-02-29" });
    expect(monthBefore(day("2026-01-31"))).toEqual({ from: "2025-12-01", to: "2025-12-31" });
  });

  it("writes a day as the same day everywhere", () => {
    expect(formatDay("2026-11-25", "en-GB")).toContain("25 November 2026");
    expect(formatDay("2026-11-25", "ru")).toContain("25 ноября 2026");
  });
});

describe("money", () => {
  it("writes cents exactly", () => {
    expect([0, 5, -5, 1205, -1205, 123456789012345].map(decimal)).toEqual([
      "0.00",
      "0.05",
      "-0.05",
      "12.05",
      "-12.05",
      "1234567890123.45",
    ]);
  });

  it("writes it with sign and currency in the reader's locale", () => {
    expect(formatMoney(usd(-1205), "en-US")).toBe("-$12.05");
    expect(formatMoney(usd(1200), "en-US", { signDisplay: "exceptZero" })).toBe("+$12.00");
    expect(formatMoney(usd(123456), "ru").replace(/\s/g, " ")).toBe("1 234,56 $");
  });

  it("sums one currency alone", () => {
    expect(sum([usd(10), usd(-25)])).toEqual(usd(-15));
    expect(sum([])).toBeNull();
    expect(sum([usd(1), { amount: 1, currency: "EUR" }])).toBeNull();
  });
});

describe("csv", () => {
  it("keeps a formula text, also behind blanks and in full width", () => {
    const dangerous = ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1", "\n=1", "＝1+1"];
    for (const text of dangerous) {
      const [line = ""] = csv([[text]])
        .slice(1)
        .split("\r\n");
      expect(line.replace(/^"/, "").startsWith("'"), text).toBe(true);
    }
  });

  it("leaves numbers and other text as they are", () => {
    expect(csv([[-3, { decimal: "-12.05" }, "a-b", "O'Neil"]])).toBe("\ufeff-3,-12.05,a-b,O'Neil\r\n");
  });

  it("quotes what holds a separator, a quote or a line break", () => {
    expect(csv([['say "hi"', "a,b", "a\nb"]])).toBe('\ufeff"say ""hi""","a,b","a\nb"\r\n');
  });
});
