import { describe, expect, it } from "vitest";
import { filterOf } from "./balances.ts";

const of = (query: string) => {
  const params = new URLSearchParams(query);
  return filterOf((name) => params.get(name));
};

describe("the list of balances", () => {
  it("is by name, and those in the minus by how deep they are in it", () => {
    expect(of("")).toEqual({ q: "", inMinus: false, order: "name" });
    expect(of("in_minus=true").order).toBe("balance");
    expect(of("in_minus=true&q=ann").order).toBe("name");
  });

  it("is in the order that the address asks for", () => {
    expect(of("in_minus=true&order=name").order).toBe("name");
    expect(of("order=balance").order).toBe("balance");
    expect(of("order=age").order).toBe("name");
  });
});
