import { Trans, useLingui } from "@lingui/react/macro";
import { Box, ButtonBase, Skeleton, Typography } from "@mui/material";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { Amount } from "../ui/Amount.tsx";
import { useFormat } from "../useFormat.ts";
import { useMyBalance } from "../useMyBalance.ts";
import { useRewardsOnTheirWay } from "../useRewards.ts";

/** Balance and earned today; when accounting is down, what they were last. */
export function Earnings() {
  const { t } = useLingui();
  const format = useFormat();
  const { data, error, dataUpdatedAt } = useMyBalance();
  const asOf = format.time(dataUpdatedAt);
  const onTheirWay = useRewardsOnTheirWay();
  if (!data)
    return error ? (
      <Typography variant="body2" color="textSecondary">
        <Trans>Balance not known now</Trans>
      </Typography>
    ) : (
      <Skeleton width={200} height={30} aria-hidden />
    );
  return (
    <ButtonBase
      component={Link}
      to="/balance"
      sx={{
        borderRadius: 1,
        px: 1.25,
        py: 0.5,
        gap: { xs: 2, sm: 3 },
        "&:hover": { bgcolor: "action.hover" },
      }}
      title={error ? t`Accounting does not answer; as of ${asOf}` : undefined}
    >
      <Figure label={<Trans>Earned today</Trans>}>
        <Amount money={data.earned_today} signed />
        {onTheirWay > 0 && (
          <Typography component="span" variant="caption" color="textSecondary" sx={{ ml: 0.75 }}>
            <Trans>+ on its way</Trans>
          </Typography>
        )}
      </Figure>
      <Figure label={error ? <Trans>Balance at {asOf}</Trans> : <Trans>Balance</Trans>}>
        <Amount money={data.balance} />
      </Figure>
    </ButtonBase>
  );
}

function Figure({ label, children }: { label: ReactNode; children: ReactNode }) {
  return (
    <Box component="span" sx={{ display: "block", textAlign: "right", lineHeight: 1.25 }}>
      <Typography component="span" variant="caption" color="textSecondary" sx={{ display: "block" }}>
        {label}
      </Typography>
      <Box component="span" sx={{ fontWeight: 600, fontSize: "0.875rem" }}>
        {children}
      </Box>
    </Box>
  );
}
