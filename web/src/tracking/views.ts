import { page, type View } from "../app/page.ts";
import { TEXTS } from "./texts.ts";

export const TRACKING_VIEWS: readonly View[] = [
  { path: "/my-tasks", page: page(TEXTS, () => import("./mine/MyTasksPage.tsx")) },
  { path: "/tasks", page: page(TEXTS, () => import("./all/AllTasksPage.tsx")) },
  { path: "/shuffles", page: page(TEXTS, () => import("./shuffle/ShufflesPage.tsx")), right: "assignTasks" },
  { path: "/tasks/:taskId", page: page(TEXTS, () => import("./task/TaskPage.tsx")) },
];
