import { useLingui } from "@lingui/react/macro";
import type { Entry } from "../app/api/clients.ts";

export function useKindName(): Record<Entry["kind"], string> {
  const { t } = useLingui();
  return {
    assignment_fee: t`Assignment fee`,
    completion_reward: t`Completion reward`,
    payout: t`Payout`,
    fee_correction: t`Fee correction`,
    reward_correction: t`Reward correction`,
  };
}
