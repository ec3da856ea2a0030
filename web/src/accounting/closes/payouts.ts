import { type Apis, body, type Payout } from "../../app/api/clients.ts";
import type { Row } from "../../app/format/csv.ts";
import { decimal } from "../../app/format/money.ts";
import type { PageOf } from "../../app/usePages.ts";

const PAGE_SIZE = 200;

export async function listPayouts(
  apis: Apis,
  day: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<PageOf<Payout>> {
  const query = { limit: PAGE_SIZE, ...(cursor && { cursor }) };
  return body(apis.accounting.GET("/closes/{day}/payouts", { params: { path: { day }, query }, signal }));
}

export function toRows(day: string, payouts: readonly Payout[]): Row[] {
  return [
    ["business_day", "account_id", "name", "amount", "currency", "entry_id"],
    ...payouts.map((payout): Row => [
      day,
      payout.account.account_id,
      payout.account.name,
      { decimal: decimal(payout.amount.amount) },
      payout.amount.currency,
      payout.entry_id,
    ]),
  ];
}
