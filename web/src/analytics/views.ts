import { page, type View } from "../app/page.ts";
import { TEXTS } from "./texts.ts";

export const ANALYTICS_VIEWS: readonly View[] = [
  { path: "/analytics", page: page(TEXTS, () => import("./AnalyticsPage.tsx")), right: "seeAnalytics" },
];
