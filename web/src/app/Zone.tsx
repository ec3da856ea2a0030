import { Trans } from "@lingui/react/macro";
import { useApp } from "./context.ts";

/** Names the company's zone, in which its business days begin and end. */
export function Zone() {
  const { config } = useApp();
  return <Trans>Business days are of the zone {config.business_timezone}.</Trans>;
}
