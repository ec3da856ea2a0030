import { Box, Link, TableCell, TableRow } from "@mui/material";
import type { ReactNode } from "react";
import { Link as RouterLink } from "react-router";
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

/** One entry; a link to it (from what corrected it, say) marks it. */
export function EntryRow({ entry, numberOf, action }: RowProps) {
  const format = useFormat();
  return (
    <TableRow
      id={anchorOf(entry.entry_id)}
      sx={{ scrollMarginTop: 72, "&:target": { bgcolor: "action.selected" } }}
    >
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
