import createClient, { type Client } from "openapi-fetch";
import type { Config } from "../config.ts";
import { type Authority, transport } from "./transport.ts";
import type * as accounting from "./types/accounting.d.ts";
import type * as analytics from "./types/analytics.d.ts";
import type * as auth from "./types/auth.d.ts";
import type * as tracking from "./types/tracking.d.ts";

export interface Apis {
  tracking: Client<tracking.paths>;
  accounting: Client<accounting.paths>;
  analytics: Client<analytics.paths>;
  auth: Client<auth.paths>;
}

export function createApis(config: Config, authority: Authority): Apis {
  const options = (service: keyof Apis) => ({
    baseUrl: config.apis[service],
    fetch: transport(service, authority),
  });
  return {
    tracking: createClient(options("tracking")),
    accounting: createClient(options("accounting")),
    analytics: createClient(options("analytics")),
    auth: createClient(options("auth")),
  };
}

/** The body of an answer; whatever is no success has been raised before. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}

export type Task = tracking.components["schemas"]["ListedTaskAnswer"];
export type FullTask = tracking.components["schemas"]["TaskAnswer"];
export type HistoryItem = tracking.components["schemas"]["HistoryItemAnswer"];
export type Shuffle = tracking.components["schemas"]["ShuffleAnswer"];
export type Person = tracking.components["schemas"]["AccountAnswer"];
export type Entry = accounting.components["schemas"]["EntryAnswer"];
export type AccountDay = accounting.components["schemas"]["AccountDayAnswer"];
export type Payout = accounting.components["schemas"]["PayoutAnswer"];
export type CompanyDay = accounting.components["schemas"]["DayAnswer"];
export type Close = accounting.components["schemas"]["CloseAnswer"];
export type ListedBalance = accounting.components["schemas"]["ListedAccountAnswer"];
export type AnalyticsDay = analytics.components["schemas"]["DayAnswer"];
export type TopTasks = analytics.components["schemas"]["TopTasksAnswer"];
export type Account = auth.components["schemas"]["FullAccountAnswer"];
