import { type Apis, body, type ListedBalance } from "../../app/api/clients.ts";
import type { Row } from "../../app/format/csv.ts";
import { decimal } from "../../app/format/money.ts";
import type { PageOf } from "../../app/usePages.ts";

export interface BalanceFilter {
  q: string;
  inMinus: boolean;
}

const PAGE_SIZE = 200;

export async function listBalances(
  apis: Apis,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<ListedBalance>> {
  const query = { limit: PAGE_SIZE, ...(cursor && { cursor }) };
  return body(apis.accounting.GET("/accounts", { params: { query }, signal }));
}

/** By name, and only those asked for. */
export function selected(balances: readonly ListedBalance[], { q, inMinus }: BalanceFilter): ListedBalance[] {
  const wanted = fold(q);
  return balances
    .filter((one) => fold(one.account.name).includes(wanted) && (!inMinus || one.balance.amount < 0))
    .toSorted((one, other) => one.account.name.localeCompare(other.account.name));
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

function fold(text: string): string {
  return text.normalize("NFC").toLocaleLowerCase();
}
