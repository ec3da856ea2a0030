import type { UserManager } from "oidc-client-ts";
import { CALLBACK_PATH } from "./manager.ts";
import { returnPath, type Session, sessionOf } from "./session.ts";

export type Start =
  | { kind: "signed-in"; session: Session; path: string | null }
  | { kind: "leaving" }
  | { kind: "failed" }
  | { kind: "no-role" };

/** Who is signed in; else the browser leaves for the sign-in page, and comes back to the same place. */
export async function start(manager: UserManager): Promise<Start> {
  if (window.location.pathname === CALLBACK_PATH) return finish(manager);
  const session = sessionOf(await manager.getUser());
  if (session) return { kind: "signed-in", session, path: null };
  return leave(manager);
}

export async function leave(manager: UserManager): Promise<Start> {
  const { pathname, search } = window.location;
  await manager.clearStaleState();
  await manager.signinRedirect({ state: returnPath(pathname + search) });
  return { kind: "leaving" };
}

async function finish(manager: UserManager): Promise<Start> {
  try {
    const user = await manager.signinRedirectCallback();
    const session = sessionOf(user);
    return session ? { kind: "signed-in", session, path: returnPath(user.state) } : { kind: "no-role" };
  } catch {
    return { kind: "failed" };
  }
}
