import { describe, expect, it } from "vitest";
import type { Task } from "../app/api/clients.ts";
import { type Mine, putBack, without } from "./mine/mine.ts";

const task = (task_id: string) => ({ task_id }) as Task;
const idsOf = (mine: Mine) => mine.pages.map((page) => page.items.map((one) => one.task_id));

describe("one's own tasks", () => {
  const mine: Mine = {
    pages: [
      { items: [task("a"), task("b")], next_cursor: "x" },
      { items: [task("c")], next_cursor: null },
    ],
    pageParams: [null, "x"],
  };

  it("lose a task on whatever page it is", () => {
    expect(idsOf(without(mine, "c"))).toEqual([["a", "b"], []]);
    expect(idsOf(without(mine, "z"))).toEqual([["a", "b"], ["c"]]);
  });

  it("get back the one that was refused, once, whatever else went meanwhile", () => {
    const left = without(without(mine, "a"), "c");
    expect(idsOf(putBack(left, task("c")))).toEqual([["c", "b"], []]);
    expect(idsOf(putBack(putBack(left, task("c")), task("c")))).toEqual([["c", "b"], []]);
  });
});
