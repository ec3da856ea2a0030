import type { User } from "oidc-client-ts";
import { isRole, type Role } from "../rights.ts";

/** Who is signed in, by the token alone: no service has to be up for it. */
export interface Session {
  accountId: string;
  name: string;
  role: Role;
  accessToken: string;
  expiresAt: number;
}

/** Null for a user whose token has run out or does not name exactly one role. */
export function sessionOf(user: User | null, now: number = Date.now()): Session | null {
  if (!user?.access_token || user.expires_at === undefined) return null;
  const expiresAt = user.expires_at * 1000;
  const groups = user.profile["cognito:groups"];
  const [role, ...more] = Array.isArray(groups) ? (groups as unknown[]) : [];
  if (expiresAt <= now || !isRole(role) || more.length > 0) return null;
  return {
    accountId: user.profile.sub,
    name: user.profile.name ?? "",
    role,
    accessToken: user.access_token,
    expiresAt,
  };
}

/** A path of this site that a sign-in may return to; anything else is the start page. */
export function returnPath(state: unknown): string {
  const path = typeof state === "string" ? state : "";
  return /^\/(?![/\\])/.test(path) && !path.startsWith("/callback") ? path : "/";
}
