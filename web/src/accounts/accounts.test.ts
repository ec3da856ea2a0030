import { expect, it } from "vitest";
import type { Account } from "../app/api/clients.ts";
import { lastAdmin, named } from "./accounts.ts";

const account = (
  account_id: string,
  role: Account["role"],
  status: Account["status"] = "active",
): Account => ({
  account_id,
  role,
  status,
  name: `Name ${account_id}`,
  email: `${account_id}@ates.example`,
  identity: "matches",
  invitation: "accepted",
  invited_at: null,
  created_at: "2026-11-25T10:00:00Z",
});

it("knows the last active admin", () => {
  const [one, other] = [account("a", "admin"), account("b", "admin", "deactivated")];
  expect(lastAdmin([one, other, account("c", "worker")])).toBe("a");
  expect(lastAdmin([one, account("d", "admin")])).toBeNull();
});

it("finds by a part of name or address, whatever the case", () => {
  const all = [account("ada", "admin"), account("ben", "worker")];
  expect(named(all, "NAME A").map((one) => one.account_id)).toEqual(["ada"]);
  expect(named(all, "ben@").map((one) => one.account_id)).toEqual(["ben"]);
});
