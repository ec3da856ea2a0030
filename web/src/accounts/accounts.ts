import type { Account } from "../app/api/clients.ts";

export const ACCOUNTS = ["auth", "accounts"] as const;

/** The one who can be neither demoted nor deactivated; null while there are two or more. */
export function lastAdmin(accounts: readonly Account[]): string | null {
  const admins = accounts.filter((one) => one.role === "admin" && one.status === "active");
  return admins.length === 1 ? (admins[0]?.account_id ?? null) : null;
}

export function named(accounts: readonly Account[], q: string): Account[] {
  const wanted = q.normalize("NFC").toLocaleLowerCase();
  return accounts.filter((one) =>
    [one.name, one.email].some((text) => text.normalize("NFC").toLocaleLowerCase().includes(wanted)),
  );
}
