import { queryOptions } from "@tanstack/react-query";
import { type Apis, body, type TopTasks } from "../app/api/clients.ts";

export type Top = NonNullable<TopTasks["top"]>;

interface Asked {
  from: string;
  to: string;
}

export function topTasks(apis: Apis, { from, to }: Asked) {
  return queryOptions({
    queryKey: ["analytics", "top-tasks", from, to],
    queryFn: ({ signal }) =>
      body(apis.analytics.GET("/top-tasks", { params: { query: { from, to } }, signal })),
  });
}

export function days(apis: Apis, { from, to }: Asked) {
  return queryOptions({
    queryKey: ["analytics", "days", from, to],
    queryFn: ({ signal }) => body(apis.analytics.GET("/days", { params: { query: { from, to } }, signal })),
  });
}
