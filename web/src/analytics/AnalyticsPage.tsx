import { useLingui } from "@lingui/react/macro";
import { useApp } from "../app/context.ts";
import { todayIn } from "../app/format/days.ts";
import { Page } from "../app/ui/Page.tsx";
import { Zone } from "../app/Zone.tsx";
import { useAddress } from "../app/useAddress.ts";
import { PeriodFigures } from "./PeriodFigures.tsx";
import { Today } from "./Today.tsx";
import { PeriodControls } from "./period/PeriodControls.tsx";
import { periodOf } from "./period/period.ts";

/** What management earned, who is in the minus, and the most expensive tasks. */
export default function AnalyticsPage() {
  const { t } = useLingui();
  const { config } = useApp();
  const { get } = useAddress();
  const today = todayIn(config.business_timezone);
  const period = periodOf(get, today);
  return (
    <Page title={t`Analytics`} subtitle={<Zone />} wide>
      <Today />
      <PeriodControls period={period} today={today} />
      <PeriodFigures days={period.days} />
    </Page>
  );
}
