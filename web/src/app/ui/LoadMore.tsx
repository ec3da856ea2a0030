import { Trans } from "@lingui/react/macro";
import { Box, Button } from "@mui/material";

interface Props {
  more: boolean;
  loading: boolean;
  onMore: () => void;
  /** Nothing was found in what was searched so far; that is not "nothing found". */
  searched?: boolean;
}

/** The end of a list that goes on. */
export function LoadMore({ more, loading, onMore, searched = false }: Props) {
  if (!more) return null;
  return (
    <Box sx={{ display: "flex", justifyContent: "center", p: 1.5 }}>
      <Button onClick={onMore} loading={loading} size="small">
        {searched ? <Trans>Search further</Trans> : <Trans>Load more</Trans>}
      </Button>
    </Box>
  );
}
