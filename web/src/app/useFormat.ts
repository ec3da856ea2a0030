import { useLingui } from "@lingui/react";
import { useMemo } from "react";
import { formatDay } from "./format/days.ts";
import { formatInstant, formatRecent, formatTime } from "./format/instants.ts";
import { formatMoney, type Money } from "./format/money.ts";
import { formatLocale } from "./texts.ts";

/** Money, days, instants and numbers as this reader writes them. */
export function useFormat() {
  const { i18n } = useLingui();
  return useMemo(() => {
    const locale = formatLocale(i18n.locale);
    return {
      locale,
      money: (money: Money) => formatMoney(money, locale),
      signed: (money: Money) => formatMoney(money, locale, { signDisplay: "exceptZero" }),
      /** Without ".00": for the ticks of an axis. */
      roundMoney: (money: Money) => formatMoney(money, locale, { trailingZeroDisplay: "stripIfInteger" }),
      day: (day: string) => formatDay(day, locale),
      shortDay: (day: string) => formatDay(day, locale, "short"),
      axisDay: (day: string) => formatDay(day, locale, "axis"),
      instant: (instant: string | number) => formatInstant(instant, locale),
      time: (instant: string | number) => formatTime(instant, locale),
      recent: (instant: string | number) => formatRecent(instant, locale),
      number: (value: number) => new Intl.NumberFormat(locale).format(value),
    };
  }, [i18n.locale]);
}
