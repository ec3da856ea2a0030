import type { User } from "oidc-client-ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SessionKeeper } from "./keeper.ts";
import { returnPath, type Session, sessionOf } from "./session.ts";

const NOW = 1_000_000_000_000;

function user(groups: unknown, expiresAt = NOW / 1000 + 900, access_token = "token", sub = "me"): User {
  return {
    access_token,
    expires_at: expiresAt,
    profile: { sub, name: "Ada", "cognito:groups": groups },
  } as unknown as User;
}

describe("a session", () => {
  it("is of exactly one known role", () => {
    expect(sessionOf(user(["admin"]), NOW)).toMatchObject({ accountId: "me", name: "Ada", role: "admin" });
    for (const groups of [undefined, [], ["worker", "admin"], ["boss"], "admin"])
      expect(sessionOf(user(groups), NOW)).toBeNull();
  });

  it("ends with its token", () => {
    expect(sessionOf(user(["admin"], NOW / 1000), NOW)).toBeNull();
    expect(sessionOf(null, NOW)).toBeNull();
  });

  it("returns to paths of this site alone", () => {
    expect(returnPath("/tasks?q=a")).toBe("/tasks?q=a");
    for (const foreign of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/callback?code=1",
      null,
    ])
      expect(returnPath(foreign)).toBe("/");
  });
});

describe("the keeper", () => {
  const session: Session = {
    accountId: "me",
    name: "Ada",
    role: "admin",
    accessToken: "first",
    expiresAt: NOW + 900_000,
  };
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("renews before the token runs out", async () => {
    const onEnd = vi.fn();
    const renewed = user(["admin"], NOW / 1000 + 1740, "second");
    const keeper = new SessionKeeper(session, { signinSilent: () => Promise.resolve(renewed) }, onEnd);
    await vi.advanceTimersByTimeAsync(841_000);
    expect(keeper.token()).toBe("second");
    expect(onEnd).not.toHaveBeenCalled();
    keeper.stop();
  });

  it("works on with the token while the sign-in is down, then ends once", async () => {
    const onEnd = vi.fn();
    const keeper = new SessionKeeper(
      session,
      { signinSilent: () => Promise.reject(new Error("down")) },
      onEnd,
    );
    await vi.advanceTimersByTimeAsync(890_000);
    expect(keeper.token()).toBe("first");
    expect(onEnd).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(keeper.token()).toBeNull();
    expect(onEnd).toHaveBeenCalledOnce();
  });

  it("takes no token of somebody else, and none without a role", async () => {
    const others = [user(["admin"], NOW / 1000 + 900, "theirs", "other"), user([])];
    const signinSilent = vi.fn(() => Promise.resolve(others.shift() ?? null));
    const keeper = new SessionKeeper(session, { signinSilent }, vi.fn());
    await vi.advanceTimersByTimeAsync(880_000);
    expect(signinSilent.mock.calls.length).toBeGreaterThan(1);
    expect(keeper.token()).toBe("first");
    keeper.stop();
  });
});
