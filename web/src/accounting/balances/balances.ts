import { type Apis, body, type ListedBalance } from "../../app/api/clients.ts";
import type { Row } from "../../app/format/csv.ts";
import { decimal } from "../../app/format/money.ts";
import type { PageOf } from "../../app/usePages.ts";

const ORDERS = ["name", "balance"] as const;
export type Order = (typeof ORDERS)[number];

export interface BalanceFilter {
  q: string;
  inMinus: boolean;
  order: Order;
}

/** What the address asks for: by name, but those in the minus by how deep they are in it. */
export function filterOf(get: (name: string) => string | null): BalanceFilter {
  const q = get("q") ?? "";
  const inMinus = get("in_minus") === "true";
  const order = ORDERS.find((one) => one === get("order")) ?? (inMinus && !q ? "balance" : "name");
  return { q, inMinus, order };
}

const PAGE_SIZE = 200;

export async function listBalances(
  apis: Apis,
  { q, inMinus, order }: BalanceFilter,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<ListedBalance>> {
  const query = {
    limit: PAGE_SIZE,
    order,
    ...(q && { q }),
    ...(inMinus && { in_minus: true }),
    ...(cursor && { cursor }),
  };
  return body(apis.accounting.GET("/accounts", { params: { query }, signal }));
}

export function toRows(balances: readonly ListedBalance[]): Row[] {
  return [
    ["account_id", "name", "role", "status", "balance", "currency"],
    ...balances.map((one): Row => [
      one.account.account_id,
      one.account.name,
      one.role,
      one.status,
      { decimal: decimal(one.balance.amount) },
      one.balance.currency,
    ]),
  ];
}
