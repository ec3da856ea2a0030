import type { UserManager } from "oidc-client-ts";
import type { Authority } from "../api/transport.ts";
import { type Session, sessionOf } from "./session.ts";

const RENEW_BEFORE_MS = 60_000;
const RETRY_MS = 15_000;

/**
 * Holds the session of this tab: renews it before it runs out, and keeps it to its end when that fails, so
 * that an outage of the sign-in stops nobody who is at work. Then the person signs in again.
 */
export class SessionKeeper implements Authority {
  private current: Session;
  private over = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly manager: Pick<UserManager, "signinSilent">;
  private readonly onEnd: () => void;

  constructor(session: Session, manager: Pick<UserManager, "signinSilent">, onEnd: () => void) {
    this.current = session;
    this.manager = manager;
    this.onEnd = onEnd;
    this.schedule(session.expiresAt - RENEW_BEFORE_MS - Date.now());
  }

  get session(): Session {
    return this.current;
  }

  token(): string | null {
    return this.over || this.current.expiresAt <= Date.now() ? null : this.current.accessToken;
  }

  ended(): void {
    if (this.over) return;
    this.stop();
    this.onEnd();
  }

  stop(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private schedule(delay: number): void {
    this.timer = setTimeout(() => void this.renew(), Math.max(delay, 0));
  }

  private async renew(): Promise<void> {
    if (this.current.expiresAt <= Date.now()) {
      this.ended();
      return;
    }
    const renewed = await this.manager.signinSilent().then(sessionOf, () => null);
    if (this.over) return;
    if (renewed?.accountId === this.current.accountId) {
      this.current = renewed;
      this.schedule(renewed.expiresAt - RENEW_BEFORE_MS - Date.now());
    } else {
      this.schedule(Math.min(RETRY_MS, this.current.expiresAt - Date.now()));
    }
  }
}
