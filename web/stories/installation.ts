import { existsSync, readFileSync } from "node:fs";

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

const FILE = `${HOME}/local.json`;

/** The installation that the stories are told on; tools that only read the configuration need none. */
export const { accounts, apis, web } = (
  existsSync(FILE)
    ? JSON.parse(readFileSync(FILE, "utf8"))
    : { accounts: [], apis: {}, web: "http://localhost:8080" }
) as Local;
