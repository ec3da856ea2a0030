import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Typography } from "@mui/material";
import { ReceiptText } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import type { Entry } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { Amount } from "../../app/ui/Amount.tsx";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { useFormat } from "../../app/useFormat.ts";
import { usePages } from "../../app/usePages.ts";
import { entryIdOf, listEntries, type Log, logKey } from "../queries.ts";
import { EntryTable } from "./EntryTable.tsx";
import { byDay, corrections, type EntriesOfDay } from "./entries.ts";

interface Props {
  log: Log;
  /** What can be done with an entry, if anything. */
  action?: (entry: Entry) => ReactNode;
}

/** An account's audit log, day by day, newest first. */
export function EntryLog({ log, action }: Props) {
  const { apis } = useApp();
  const pages = usePages(logKey(log), (cursor, signal) => listEntries(apis, log, cursor, signal), entryIdOf);
  const days = useMemo(() => byDay(pages.items, pages.more), [pages.items, pages.more]);
  const corrected = useMemo(() => corrections(pages.items), [pages.items]);
  return (
    <Card>
      <QueryPanel query={pages.panel}>
        {() =>
          days.length === 0 ? (
            <NoEntries day={log.day} />
          ) : (
            days.map((ofDay) => (
              <Box component="section" key={ofDay.day} aria-labelledby={`day-${ofDay.day}`}>
                <DayHead ofDay={ofDay} />
                <EntryTable
                  labelledBy={`day-${ofDay.day}`}
                  entries={ofDay.entries}
                  corrected={corrected}
                  {...(action && { action })}
                />
              </Box>
            ))
          )
        }
      </QueryPanel>
      <LoadMore more={pages.more} loading={pages.loadingMore} onMore={pages.loadMore} />
    </Card>
  );
}

function DayHead({ ofDay: { day, earned } }: { ofDay: EntriesOfDay }) {
  const format = useFormat();
  return (
    <Box
      sx={{
        display: "flex",
        flexWrap: "wrap",
        alignItems: "baseline",
        justifyContent: "space-between",
        columnGap: 2,
        px: 2,
        py: 1,
        bgcolor: "background.default",
        borderBottom: 1,
        borderColor: "divider",
      }}
    >
      <Typography variant="h3" component="h2" id={`day-${day}`}>
        {format.day(day)}
      </Typography>
      {earned && (
        <Typography variant="body2" color="textSecondary" component="div">
          <Trans>
            Earned <Amount money={earned} signed />
          </Trans>
        </Typography>
      )}
    </Box>
  );
}

function NoEntries({ day }: { day: string | null }) {
  const { t } = useLingui();
  const format = useFormat();
  const which = day && format.day(day);
  return (
    <Empty icon={ReceiptText} title={which ? t`No entries on ${which}` : t`No entries yet`}>
      <Trans>An entry is posted when a task is assigned or completed, and when a day is paid out.</Trans>
    </Empty>
  );
}
