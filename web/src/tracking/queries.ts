import { type Apis, body, type Task } from "../app/api/clients.ts";
import type { PageOf } from "../app/usePages.ts";

export const TASKS = ["tracking", "tasks"] as const;
export const MY_TASKS = [...TASKS, "mine"] as const;

export interface TaskFilter {
  status: Task["status"] | null;
  assignee: string | null;
  q: string | null;
}

export const STATUSES: readonly Task["status"][] = ["open", "completed", "cancelled"];

const PAGE_SIZE = 50;

export async function listTasks(
  apis: Apis,
  filter: TaskFilter,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<Task>> {
  const { status, assignee, q } = filter;
  const query = {
    limit: PAGE_SIZE,
    ...(status && { status }),
    ...(assignee && { assignee }),
    ...(q && { q }),
    ...(cursor && { cursor }),
  };
  return body(apis.tracking.GET("/tasks", { params: { query }, signal }));
}

export const idOf = (task: Task) => task.task_id;
