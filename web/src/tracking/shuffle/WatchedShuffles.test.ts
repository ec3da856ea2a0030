import { describe, expect, it, vi } from "vitest";
import { WatchedShuffles } from "./WatchedShuffles.ts";

class Kept implements Pick<Storage, "getItem" | "setItem" | "removeItem"> {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

describe("the shuffles that a tab shows", () => {
  it("are there after a reload, until they are hidden, and each account's own", () => {
    const storage = new Kept() as unknown as Storage;
    new WatchedShuffles(storage).watch("max", ["a", "b"]);
    const reloaded = new WatchedShuffles(storage);
    expect(reloaded.of("max")).toEqual(["a", "b"]);
    expect(reloaded.of("eve")).toEqual([]);
    reloaded.hide("max", "a");
    expect(new WatchedShuffles(storage).of("max")).toEqual(["b"]);
    reloaded.hide("max", "b");
    expect(new WatchedShuffles(storage).of("max")).toEqual([]);
  });

  it("tell their listeners of what is new, and of nothing else", () => {
    const watched = new WatchedShuffles(new Kept() as unknown as Storage);
    const listener = vi.fn();
    watched.subscribe(listener);
    watched.watch("max", ["a"]);
    const before = watched.of("max");
    watched.watch("max", ["a"]);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(watched.of("max")).toBe(before);
  });
});
