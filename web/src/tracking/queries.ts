import { type Apis, body, type Shuffle, type Task } from "../app/api/clients.ts";
import type { PageOf } from "../app/usePages.ts";

export const TASKS = ["tracking", "tasks"] as const;
export const MY_TASKS = [...TASKS, "mine"] as const;

export const COUNTS = [...TASKS, "count"] as const;
export const SHUFFLES = ["tracking", "shuffles"] as const;

export interface TaskFilter {
  status: Task["status"] | null;
  assignee: string | null;
  q: string | null;
}

export const STATUSES: readonly Task["status"][] = ["open", "completed", "cancelled"];

const PAGE_SIZE = 50;
const SHUFFLES_SIZE = 20;

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

/** As far as one request counts: there may be more. */
export async function countOpen(apis: Apis, assignee: "me" | null, signal: AbortSignal) {
  const query = { status: "open" as const, ...(assignee && { assignee }) };
  return body(apis.tracking.GET("/tasks/count", { params: { query }, signal }));
}

export async function listShuffles(
  apis: Apis,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<Shuffle>> {
  const query = { limit: SHUFFLES_SIZE, ...(cursor && { cursor }) };
  return body(apis.tracking.GET("/shuffles", { params: { query }, signal }));
}

export const idOf = (task: Task) => task.task_id;
