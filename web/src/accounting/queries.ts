import { type AccountDay, type Apis, body, type Entry } from "../app/api/clients.ts";
import type { Days } from "../app/format/days.ts";
import { MY_MONEY } from "../app/useMyBalance.ts";
import type { PageOf } from "../app/usePages.ts";

const PAGE_SIZE = 50;
const EXPORT_PAGE_SIZE = 200;

/** Whose log: `me`, or any account's by its id. */
export interface Log {
  of: string;
  day: string | null;
}

export function logKey({ of, day }: Log) {
  return of === "me" ? [...MY_MONEY, "entries", day] : ["accounting", "account", of, "entries", day];
}

export async function listEntries(
  apis: Apis,
  { of, day }: Log,
  cursor: string | null,
  signal: AbortSignal,
  limit: number = PAGE_SIZE,
): Promise<PageOf<Entry>> {
  const query = { limit, ...(day && { day }), ...(cursor && { cursor }) };
  if (of === "me") return body(apis.accounting.GET("/me/entries", { params: { query }, signal }));
  return body(
    apis.accounting.GET("/accounts/{account_id}/entries", {
      params: { path: { account_id: of }, query },
      signal,
    }),
  );
}

/** The sums of each day of a range. */
export async function listDays(
  apis: Apis,
  of: string,
  days: Days,
  signal: AbortSignal,
): Promise<AccountDay[]> {
  const query = { from: days.from, to: days.to };
  const { items } =
    of === "me"
      ? await body(apis.accounting.GET("/me/days", { params: { query }, signal }))
      : await body(
          apis.accounting.GET("/accounts/{account_id}/days", {
            params: { path: { account_id: of }, query },
            signal,
          }),
        );
  return items;
}

export function wholeLog(apis: Apis, log: Log) {
  return (cursor: string | null, signal: AbortSignal) =>
    listEntries(apis, log, cursor, signal, EXPORT_PAGE_SIZE);
}

export const entryIdOf = (entry: Entry) => entry.entry_id;
