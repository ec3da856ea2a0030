import type { InfiniteData } from "@tanstack/react-query";
import type { Task } from "../../app/api/clients.ts";
import type { PageOf } from "../../app/usePages.ts";

/** One's own open tasks, as the query cache has them. */
export type Mine = InfiniteData<PageOf<Task>, string | null>;

export function without(mine: Mine, taskId: string): Mine {
  const pages = mine.pages.map((page) => ({
    ...page,
    items: page.items.filter((task) => task.task_id !== taskId),
  }));
  return { ...mine, pages };
}

export function putBack(mine: Mine, task: Task): Mine {
  const [first, ...others] = without(mine, task.task_id).pages;
  if (!first) return mine;
  return { ...mine, pages: [{ ...first, items: [task, ...first.items] }, ...others] };
}
