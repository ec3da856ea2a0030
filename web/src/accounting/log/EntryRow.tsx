import { Box, Link, TableCell, TableRow } from "@mui/material";
import { type ReactNode, useEffect, useRef } from "react";
import { Link as RouterLink, useLocation } from "react-router";
import type { Entry } from "../../app/api/clients.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { useFormat } from "../../app/useFormat.ts";
import { useKindName } from "../useKindName.ts";
import { anchorOf, Correction } from "./Correction.tsx";
import { signedAmount } from "./entries.ts";

const NARROW = { display: { xs: "none", sm: "table-cell" } };

interface RowProps {
  entry: Entry;
  numberOf: ReadonlyMap<string, number>;
  action?: ReactNode;
}

/** One entry; when the address names it (from what corrected it, say), it is marked and scrolled to. */
export function EntryRow({ entry, numberOf, action }: RowProps) {
  const format = useFormat();
  const anchor = anchorOf(entry.entry_id);
  const named = useLocation().hash === `#${anchor}`;
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    if (named) row.current?.scrollIntoView({ block: "center" });
  }, [named]);
  return (
    <TableRow ref={row} id={anchor} selected={named} aria-current={named || undefined}>
      <TableCell
        sx={{
          ...NARROW,
          width: 96,
          whiteSpace: "nowrap",
          color: "text.secondary",
          verticalAlign: "top",
          pl: 2,
        }}
      >
        <time dateTime={entry.source_occurred_at} title={format.instant(entry.source_occurred_at)}>
          {format.time(entry.source_occurred_at)}
        </time>
      </TableCell>
      <TableCell sx={{ pl: { xs: 2, sm: 1.5 } }}>
        <What entry={entry} />
        <Correction entry={entry} numberOf={numberOf} />
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
    </>
  );
}
