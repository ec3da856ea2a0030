import { expect, it } from "vitest";
import type { Account } from "../app/api/clients.ts";
import { filterOf, isFiltered, isInvitable, lastAdmin, stateOf } from "./accounts.ts";

const account = (changes: Partial<Account> = {}): Account => ({
  account_id: "a",
  role: "worker",
  status: "active",
  name: "Ada",
  email: "ada@ates.example",
  identity: "matches",
  invitation: "accepted",
  invited_at: null,
  created_at: "2026-11-25T10:00:00Z",
  ...changes,
});

it("knows the last active admin, and does not guess while there is more to read", () => {
  const one = account({ role: "admin" });
  expect(lastAdmin({ items: [one], next_cursor: null })).toBe("a");
  expect(lastAdmin({ items: [one], next_cursor: "more" })).toBeNull();
  expect(lastAdmin({ items: [one, account({ account_id: "b" })], next_cursor: null })).toBeNull();
  expect(lastAdmin({ items: [], next_cursor: null })).toBeNull();
});

it("tells who has not come yet, unless they may not come at all", () => {
  expect(stateOf(account())).toBe("active");
  expect(stateOf(account({ invitation: "pending" }))).toBe("pending");
  expect(stateOf(account({ invitation: "expired" }))).toBe("expired");
  expect(stateOf(account({ invitation: "expired", status: "deactivated" }))).toBe("deactivated");
});

it("invites again only whom a mail can help", () => {
  expect(isInvitable(account({ invitation: "pending" }))).toBe(true);
  expect(isInvitable(account({ invitation: "expired" }))).toBe(true);
  expect(isInvitable(account())).toBe(false);
  expect(isInvitable(account({ invitation: "pending", status: "deactivated" }))).toBe(false);
  expect(isInvitable(account({ invitation: "pending", identity: "missing" }))).toBe(false);
});

it("takes from the address what is a filter", () => {
  const of = (search: string) => filterOf((name) => new URLSearchParams(search).get(name));
  expect(of("q=ada&role=admin&state=waiting")).toEqual({ q: "ada", role: "admin", state: "waiting" });
  expect(of("role=boss&state=away")).toEqual({ q: null, role: null, state: null });
  expect([of("").q, isFiltered(of("")), isFiltered(of("state=active"))]).toEqual([null, false, true]);
});
