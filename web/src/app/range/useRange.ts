import { useMemo } from "react";
import { useApp } from "../context.ts";
import { todayIn } from "../format/days.ts";
import { useAddress } from "../useAddress.ts";
import { type Range, rangeOf } from "./range.ts";

/** The days that the address asks for, as of today in the company's zone. */
export function useRange(): Range {
  const { config } = useApp();
  const { get } = useAddress();
  const today = todayIn(config.business_timezone);
  return useMemo(() => rangeOf(get, today), [get, today]);
}
