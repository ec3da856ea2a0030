import { Trans } from "@lingui/react/macro";
import { useApp } from "./context.ts";

/** Names the company's zone, in which its business days begin and end. */
export function Zone() {
  const zone = useApp().config.business_timezone;
  return <Trans>Business days are in the time zone {zone}.</Trans>;
}
