import { Trans } from "@lingui/react/macro";
import { Box, Link, Table, TableBody, TableCell, TableHead, TableRow, Typography } from "@mui/material";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router";
import type { Entry } from "../../app/api/clients.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { hidden } from "../../app/ui/hidden.ts";
import { useFormat } from "../../app/useFormat.ts";
import { useKindName } from "../useKindName.ts";
import { signedAmount } from "./entries.ts";

interface Props {
  labelledBy: string;
  entries: readonly Entry[];
  corrected: ReadonlyMap<string, Entry>;
  action?: (entry: Entry) => ReactNode;
}

const NARROW = { display: { xs: "none", sm: "table-cell" } };

/** The entries of one day. On a phone the time goes under the kind. */
export function EntryTable({ labelledBy, entries, corrected, action }: Props) {
  return (
    <Table aria-labelledby={labelledBy}>
      <TableHead sx={hidden}>
        <TableRow>
          <TableCell>
            <Trans>Time</Trans>
          </TableCell>
          <TableCell>
            <Trans>Entry</Trans>
          </TableCell>
          <TableCell>
            <Trans>Amount</Trans>
          </TableCell>
          <TableCell>
            <Trans>Balance after</Trans>
          </TableCell>
          {action && (
            <TableCell>
              <Trans>Action</Trans>
            </TableCell>
          )}
        </TableRow>
      </TableHead>
      <TableBody>
        {entries.map((entry) => (
          <EntryRow
            key={entry.entry_id}
            entry={entry}
            by={corrected.get(entry.entry_id)}
            {...(action && { action: action(entry) })}
          />
        ))}
      </TableBody>
    </Table>
  );
}

interface RowProps {
  entry: Entry;
  by: Entry | undefined;
  action?: ReactNode;
}

function EntryRow({ entry, by, action }: RowProps) {
  const format = useFormat();
  const number = by?.entry_number;
  return (
    <TableRow>
      <TableCell sx={{ ...NARROW, width: 72, color: "text.secondary", verticalAlign: "top", pl: 2 }}>
        <time dateTime={entry.source_occurred_at} title={format.instant(entry.source_occurred_at)}>
          {format.time(entry.source_occurred_at)}
        </time>
      </TableCell>
      <TableCell sx={{ pl: { xs: 2, sm: 1.5 } }}>
        <What entry={entry} />
        {number !== undefined && (
          <Typography variant="caption" color="textSecondary" component="div">
            <Trans>Corrected by entry {number}</Trans>
          </Typography>
        )}
      </TableCell>
      <TableCell align="right" sx={{ verticalAlign: "top", width: { xs: 90, sm: 110 } }}>
        <Amount money={signedAmount(entry)} signed />
        <Box sx={{ display: { sm: "none" }, color: "text.secondary", fontSize: "0.75rem" }}>
          <Amount money={entry.balance_after} />
        </Box>
      </TableCell>
      <TableCell align="right" sx={{ ...NARROW, verticalAlign: "top", width: 110 }}>
        <Amount money={entry.balance_after} />
      </TableCell>
      {action !== undefined && <TableCell sx={{ width: "1px" }}>{action}</TableCell>}
    </TableRow>
  );
}

function What({ entry }: { entry: Entry }) {
  const kinds = useKindName();
  const reason = entry.correction?.reason;
  return (
    <>
      <Box component="span" sx={{ fontWeight: 500 }}>
        {kinds[entry.kind]}
      </Box>
      {entry.task && (
        <Box component="span" sx={{ display: "block" }}>
          <Link component={RouterLink} to={`/tasks/${entry.task.task_id}`} color="textSecondary">
            {entry.task.jira_id ? `${entry.task.jira_id} ` : ""}
            {entry.task.title}
          </Link>
        </Box>
      )}
      {reason !== undefined && (
        <Typography variant="caption" color="textSecondary" component="div">
          <Trans>Reason: {reason}</Trans>
        </Typography>
      )}
    </>
  );
}
