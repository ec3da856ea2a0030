import { createContext, use } from "react";
import type { Apis } from "./api/clients.ts";
import type { CommandKeys } from "./api/keys.ts";
import type { Config } from "./config.ts";
import { may, type Right } from "./rights.ts";
import type { Session } from "./session/session.ts";

/** What every view may need: who is signed in, the services, and what the deployment says. */
export interface AppContext {
  config: Config;
  apis: Apis;
  keys: CommandKeys;
  me: Pick<Session, "accountId" | "name" | "role">;
  signOut: () => void;
}

export const AppContext = createContext<AppContext | null>(null);

export function useApp(): AppContext {
  const context = use(AppContext);
  if (!context) throw new Error("outside of the signed-in app");
  return context;
}

export function useMay(right: Right): boolean {
  return may(useApp().me.role, right);
}
