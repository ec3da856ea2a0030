import { Trans } from "@lingui/react/macro";
import { Typography } from "@mui/material";
import { useFormat } from "../app/useFormat.ts";

/** Until when the ledger's entries are counted in the figures beside it. */
export function AsOf({ at }: { at: string | null }) {
  const format = useFormat();
  const time = at && format.recent(at);
  return (
    <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: -1, mb: 2 }}>
      {time ? (
        <Trans>
          As of <time dateTime={at}>{time}</time>, the latest entry counted
        </Trans>
      ) : (
        <Trans>No entry is counted yet</Trans>
      )}
    </Typography>
  );
}
