/** Integer cents, as every API has it; never a float. */
export interface Money {
  amount: number;
  currency: string;
}

export function formatMoney(money: Money, locale: string, how: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency: money.currency,
    currencyDisplay: "narrowSymbol",
    ...how,
  }).format(decimal(money.amount));
}

/** The exact decimal of cents: `-1205` is "-12.05". */
export function decimal(cents: number): `${number}` {
  const digits = String(Math.abs(cents)).padStart(3, "0");
  return `${cents < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}` as `${number}`;
}

/** The sum of amounts of one currency; null of nothing, or when they are of several. */
export function sum(amounts: readonly Money[]): Money | null {
  const first = amounts[0];
  if (!first || amounts.some((one) => one.currency !== first.currency)) return null;
  return { amount: amounts.reduce((total, one) => total + one.amount, 0), currency: first.currency };
}

export function negated(money: Money): Money {
  return { ...money, amount: money.amount === 0 ? 0 : -money.amount };
}
