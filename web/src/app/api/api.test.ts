import { beforeEach, describe, expect, it, vi } from "vitest";
import { health } from "./health.ts";
import { CommandKeys } from "./keys.ts";
import { Problem } from "./problem.ts";
import { type Authority, transport } from "./transport.ts";

class MemoryStorage implements Storage {
  private readonly values = new Map<string, string>();
  get length() {
    return this.values.size;
  }
  clear() {
    this.values.clear();
  }
  key(index: number) {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key: string) {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string) {
    this.values.set(key, value);
  }
  removeItem(key: string) {
    this.values.delete(key);
  }
}

describe("keys of commands", () => {
  it("stay the same until the answer, and go with what is sent", () => {
    const keys = new CommandKeys("me", new MemoryStorage());
    const first = keys.keyFor("create", { title: "a" });
    expect(keys.keyFor("create", { title: "a" })).toBe(first);
    expect(keys.keyFor("create", { title: "b" })).not.toBe(first);
    const second = keys.keyFor("create", { title: "b" });
    keys.forget("create");
    expect(keys.keyFor("create", { title: "b" })).not.toBe(second);
  });

  it("are one account's alone", () => {
    const storage = new MemoryStorage();
    const mine = new CommandKeys("me", storage).keyFor("create", 1);
    expect(new CommandKeys("other", storage).keyFor("create", 1)).not.toBe(mine);
    expect(new CommandKeys("me", storage).keyFor("create", 1)).toBe(mine);
  });
});

describe("transport", () => {
  const ended = vi.fn();
  const authority: Authority = { token: () => "token", ended };
  const request = () => new Request("https://api.example/tasks");
  const answering = (answer: Response) => transport("tracking", authority, () => Promise.resolve(answer));

  beforeEach(() => {
    ended.mockClear();
    health.report("tracking", true);
  });

  it("says who asks, under an id of its own", async () => {
    const asked = request();
    await answering(new Response("{}"))(asked);
    expect(asked.headers.get("authorization")).toBe("Bearer token");
    expect(asked.headers.get("x-correlation-id")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("raises what the service refused, field by field", async () => {
    const body = {
      type: "urn:ates:problem:last-admin",
      detail: "no",
      errors: [{ field: "title", code: "too_long", message: "too long", limit: 200 }, { field: 1 }],
    };
    const answer = new Response(JSON.stringify(body), {
      status: 409,
      headers: { "x-correlation-id": "its" },
    });
    const error = await answering(answer)(request()).catch((raised: unknown) => raised);
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({
      kind: "last-admin",
      status: 409,
      answered: true,
      correlationId: "its",
      fields: [{ field: "title", code: "too_long", message: "too long", limit: 200 }],
    });
  });

  it("remembers since when a service does not answer", async () => {
    const down = transport("tracking", authority, () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(down(request())).rejects.toMatchObject({ status: 0, answered: false });
    const since = health.snapshot().tracking;
    expect(since).not.toBeNull();
    await expect(answering(new Response("no", { status: 503 }))(request())).rejects.toMatchObject({
      status: 503,
    });
    expect(health.snapshot().tracking).toBe(since);
    await answering(new Response("{}"))(request());
    expect(health.snapshot().tracking).toBeNull();
  });

  it("ends the session when the token is not accepted, or is gone", async () => {
    await expect(answering(new Response("", { status: 401 }))(request())).rejects.toMatchObject({
      status: 401,
    });
    expect(ended).toHaveBeenCalledOnce();
    const without: Authority = { token: () => null, ended };
    const send = vi.fn();
    await expect(transport("tracking", without, send)(request())).rejects.toMatchObject({ status: 401 });
    expect(send).not.toHaveBeenCalled();
  });

  it("leaves a request that was taken back alone", async () => {
    const controller = new AbortController();
    const aborted = transport("tracking", authority, () => {
      controller.abort();
      return Promise.reject(new DOMException("aborted", "AbortError"));
    });
    const taken = aborted(new Request("https://api.example/", { signal: controller.signal }));
    await expect(taken).rejects.toMatchObject({ name: "AbortError" });
    expect(health.snapshot().tracking).toBeNull();
  });
});
