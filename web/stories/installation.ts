import { readFileSync } from "node:fs";

interface Account {
  role: string;
  email: string;
  password: string;
  account_id: string;
}

interface Local {
  accounts: [Account, ...Account[]];
  web: string;
  apis: Record<"tracking" | "accounting" | "analytics" | "auth", string>;
}

const HOME = process.env["ATES_HOME"] ?? new URL("../../.ates", import.meta.url).pathname;

/** The installation that the stories are told on. */
export const { accounts, apis, web } = JSON.parse(readFileSync(`${HOME}/local.json`, "utf8")) as Local;
