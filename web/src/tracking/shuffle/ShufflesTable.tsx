import { Trans, useLingui } from "@lingui/react/macro";
import { Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import { CircleCheck, LoaderCircle } from "lucide-react";
import type { Shuffle } from "../../app/api/clients.ts";
import { StatusChip } from "../../app/ui/StatusChip.tsx";
import { TableScroll } from "../../app/ui/TableScroll.tsx";
import { When } from "../../app/ui/When.tsx";
import { useFormat } from "../../app/useFormat.ts";

export function ShufflesTable({ shuffles }: { shuffles: readonly Shuffle[] }) {
  const { t } = useLingui();
  return (
    <TableScroll label={t`Shuffles`}>
      <Table>
        <TableHead>
          <TableRow>
            <TableCell>
              <Trans>Pressed</Trans>
            </TableCell>
            <TableCell>
              <Trans>By</Trans>
            </TableCell>
            <TableCell>
              <Trans>State</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Assigned again</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Left alone</Trans>
            </TableCell>
            <TableCell align="right">
              <Trans>Finished</Trans>
            </TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {shuffles.map((shuffle) => (
            <Row key={shuffle.shuffle_id} shuffle={shuffle} />
          ))}
        </TableBody>
      </Table>
    </TableScroll>
  );
}

function Row({ shuffle }: { shuffle: Shuffle }) {
  const format = useFormat();
  return (
    <TableRow>
      <TableCell>
        <When at={shuffle.requested_at} />
      </TableCell>
      <TableCell>{shuffle.requested_by.name}</TableCell>
      <TableCell>
        <ShuffleStatus status={shuffle.status} />
      </TableCell>
      <TableCell align="right">{format.number(shuffle.reassigned)}</TableCell>
      <TableCell align="right">{format.number(shuffle.skipped)}</TableCell>
      <TableCell align="right">{shuffle.finished_at ? <When at={shuffle.finished_at} /> : "–"}</TableCell>
    </TableRow>
  );
}

function ShuffleStatus({ status }: { status: Shuffle["status"] }) {
  const { t } = useLingui();
  switch (status) {
    case "counting":
      return <StatusChip icon={LoaderCircle} label={t`Counting`} tone="info" />;
    case "running":
      return <StatusChip icon={LoaderCircle} label={t`Running`} tone="info" />;
    case "done":
      return <StatusChip icon={CircleCheck} label={t`Done`} tone="success" />;
  }
}
