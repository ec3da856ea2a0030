import { existsSync, readFileSync } from "node:fs";

interface Account {
  role: string;
  email: string;
  password: string;
  account_id: string;
}

export type Service = "tracking" | "accounting" | "analytics" | "auth";

interface Local {
  accounts: Account[];
  web: string;
  apis: Record<Service, string>;
}

const HOME = process.env["ATES_HOME"] ?? new URL("../../.ates", import.meta.url).pathname;

const FILE = `${HOME}/local.json`;

const local = (
  existsSync(FILE)
    ? JSON.parse(readFileSync(FILE, "utf8"))
    : { accounts: [], apis: {}, web: "http://localhost:8080" }
) as Local;

/** The installation that the stories are told on; tools that only read the configuration need none. */
export const { apis, web } = local;

/** The first account of a role, or the one with this address or its beginning. */
export function accountOf(who: string): Account {
  return found(who, ({ role, email }) => role === who || email === who || email.startsWith(`${who}@`));
}

export function accountWithId(accountId: string): Account {
  return found(accountId, ({ account_id }) => account_id === accountId);
}

function found(who: string, fits: (account: Account) => boolean): Account {
  const account = local.accounts.find(fits);
  if (!account) throw new Error(`${FILE} has no account ${who}`);
  return account;
}
