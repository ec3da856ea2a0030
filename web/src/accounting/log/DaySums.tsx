import { Plural, Trans } from "@lingui/react/macro";
import { Box } from "@mui/material";
import type { ReactNode } from "react";
import type { AccountDay } from "../../app/api/clients.ts";
import { type Money, negated } from "../../app/format/money.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { hidden } from "../../app/ui/hidden.ts";

/** What a day came to; what there was none of is left out, but for what was earned. */
export function DaySums({ day }: { day: AccountDay }) {
  return (
    <Box
      component="dl"
      sx={{
        m: 0,
        display: "flex",
        flexWrap: "wrap",
        columnGap: 2,
        fontSize: "0.8125rem",
        color: "text.secondary",
      }}
    >
      <Sum name={<Trans>Earned</Trans>} money={day.earned} always />
      <Sum name={<Trans>Rewards</Trans>} money={day.rewards} />
      <Sum name={<Trans>Fees</Trans>} money={negated(day.fees)} />
      <Sum name={<Trans>Fee corrections</Trans>} money={day.fee_corrections} />
      <Sum name={<Trans>Reward corrections</Trans>} money={negated(day.reward_corrections)} />
      <Sum name={<Trans>Paid out</Trans>} money={negated(day.paid_out)} />
      <Box component="div">
        <Box component="dt" sx={hidden}>
          <Trans>Entries</Trans>
        </Box>
        <Box component="dd" sx={{ m: 0 }}>
          <Plural value={day.entry_count} one="# entry" other="# entries" />
        </Box>
      </Box>
    </Box>
  );
}

interface SumProps {
  name: ReactNode;
  money: Money;
  always?: boolean;
}

function Sum({ name, money, always = false }: SumProps) {
  if (!always && money.amount === 0) return null;
  return (
    <Box component="div" sx={{ display: "flex", gap: 0.75 }}>
      <dt>{name}</dt>
      <Box component="dd" sx={{ m: 0 }}>
        <Amount money={money} signed />
      </Box>
    </Box>
  );
}
