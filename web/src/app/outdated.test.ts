import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reloadOnceWhenOutdated } from "./outdated.ts";

/** A tab that keeps what is written to its sessionStorage when it is loaded again. */
function tab(): { storage: Storage; reload: ReturnType<typeof vi.fn>; fail: () => Event } {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
  } as unknown as Storage;
  const target = new EventTarget();
  const reload = vi.fn();
  vi.stubGlobal("window", Object.assign(target, { location: { reload } }));
  const fail = () => {
    const event = new Event("vite:preloadError", { cancelable: true });
    target.dispatchEvent(event);
    return event;
  };
  return { storage, reload, fail };
}

describe("a tab that is older than the deployment", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("is loaded again when a file of its own is gone, and shows no error meanwhile", () => {
    const { storage, reload, fail } = tab();
    reloadOnceWhenOutdated(storage);
    expect(fail().defaultPrevented).toBe(true);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("is not loaded again and again: the second failure is shown", () => {
    const { storage, reload, fail } = tab();
    reloadOnceWhenOutdated(storage);
    fail();
    expect(fail().defaultPrevented).toBe(false);
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("is loaded again after a later deployment, too", () => {
    const { storage, reload, fail } = tab();
    reloadOnceWhenOutdated(storage);
    fail();
    vi.advanceTimersByTime(3_600_000);
    fail();
    expect(reload).toHaveBeenCalledTimes(2);
  });
});
