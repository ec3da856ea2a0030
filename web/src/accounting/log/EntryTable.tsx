import { Trans } from "@lingui/react/macro";
import { Table, TableBody, TableCell, TableHead, TableRow } from "@mui/material";
import type { ReactNode } from "react";
import type { Entry } from "../../app/api/clients.ts";
import { hidden } from "../../app/ui/hidden.ts";
import { EntryRow } from "./EntryRow.tsx";

interface Props {
  labelledBy: string;
  entries: readonly Entry[];
  /** Of all entries that are loaded, of other days too. */
  numberOf: ReadonlyMap<string, number>;
  action?: (entry: Entry) => ReactNode;
}

/** The entries of one day. On a phone the time goes under the kind. */
export function EntryTable({ labelledBy, entries, numberOf, action }: Props) {
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
            numberOf={numberOf}
            {...(action && { action: action(entry) })}
          />
        ))}
      </TableBody>
    </Table>
  );
}
