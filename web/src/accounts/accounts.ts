import { type Account, type Apis, body } from "../app/api/clients.ts";
import { ROLES, type Role } from "../app/rights.ts";
import type { PageOf } from "../app/usePages.ts";

export const ACCOUNTS = ["auth", "accounts"] as const;
const PAGE_SIZE = 50;

/** What is to be told of an account: whether its owner may sign in, and has. */
export type AccountState = "active" | "deactivated" | "pending" | "expired";

export function stateOf({ status, invitation }: Account): AccountState {
  if (status === "deactivated") return "deactivated";
  return invitation === "accepted" ? "active" : invitation;
}

/** Only who has not come yet, and may, can be invited again. */
export function isInvitable(account: Account): boolean {
  const state = stateOf(account);
  return (state === "pending" || state === "expired") && account.identity !== "missing";
}

export const STATES = ["active", "waiting", "deactivated"] as const;
export type ListedState = (typeof STATES)[number];

export interface AccountFilter {
  q: string | null;
  role: Role | null;
  /** `waiting` are those who have not come yet. */
  state: ListedState | null;
}

/** The filters as the address has them; what it should not have is no filter. */
export function filterOf(get: (name: string) => string | null): AccountFilter {
  return {
    q: get("q"),
    role: ROLES.find((role) => role === get("role")) ?? null,
    state: STATES.find((state) => state === get("state")) ?? null,
  };
}

export function isFiltered({ q, role, state }: AccountFilter): boolean {
  return q !== null || role !== null || state !== null;
}

export function listAccounts(
  apis: Apis,
  { q, role, state }: AccountFilter,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<Account>> {
  const query = {
    limit: PAGE_SIZE,
    ...(q && { q }),
    ...(role && { role }),
    ...(state === "waiting" ? { accepted: false } : state && { status: state }),
    ...(cursor && { cursor }),
  };
  return body(apis.auth.GET("/accounts", { params: { query }, signal }));
}

/** The one who can be neither demoted nor deactivated; null while there are others, or may be. */
export function lastAdmin({ items, next_cursor }: PageOf<Account>): string | null {
  return items.length === 1 && next_cursor === null ? (items[0]?.account_id ?? null) : null;
}
