import { Trans, useLingui } from "@lingui/react/macro";
import { Box, Typography } from "@mui/material";
import { ReceiptText } from "lucide-react";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { AccountDay, Entry } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { Card } from "../../app/ui/Card.tsx";
import { Empty } from "../../app/ui/Empty.tsx";
import { LoadMore } from "../../app/ui/LoadMore.tsx";
import { QueryPanel } from "../../app/ui/QueryPanel.tsx";
import { useFormat } from "../../app/useFormat.ts";
import { usePages } from "../../app/usePages.ts";
import { entryIdOf, listDays, listEntries, type Log, logKey } from "../queries.ts";
import { DaySums } from "./DaySums.tsx";
import { EntryTable } from "./EntryTable.tsx";
import { byDay, daysShown, type EntriesOfDay, numbers } from "./entries.ts";

interface Props {
  log: Log;
  /** What can be done with an entry, if anything. */
  action?: (entry: Entry) => ReactNode;
}

/** An account's audit log, day by day, newest first. */
export function EntryLog({ log, action }: Props) {
  const { apis } = useApp();
  const pages = usePages(logKey(log), (cursor, signal) => listEntries(apis, log, cursor, signal), entryIdOf);
  const days = useMemo(() => byDay(pages.items), [pages.items]);
  const numberOf = useMemo(() => numbers(pages.items), [pages.items]);
  const sums = useSums(log, days);
  return (
    <Card>
      <QueryPanel query={pages.panel}>
        {() =>
          days.length === 0 ? (
            <NoEntries day={log.day} />
          ) : (
            days.map((ofDay) => (
              <Box component="section" key={ofDay.day} aria-labelledby={`day-${ofDay.day}`}>
                <DayHead day={ofDay.day} sums={sums.get(ofDay.day)} />
                <EntryTable
                  labelledBy={`day-${ofDay.day}`}
                  entries={ofDay.entries}
                  numberOf={numberOf}
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

/** The sums of the days that are shown; they are the service's, so a day that is half loaded has its own too. */
function useSums(log: Log, shown: readonly EntriesOfDay[]): ReadonlyMap<string, AccountDay> {
  const { apis } = useApp();
  const range = daysShown(shown);
  const { data } = useQuery({
    queryKey: [...logKey(log), "days", range],
    queryFn: ({ signal }) => (range ? listDays(apis, log.of, range, signal) : []),
    enabled: range !== null,
    placeholderData: (before) => before,
  });
  return useMemo(() => new Map(data?.map((day) => [day.day, day])), [data]);
}

function DayHead({ day, sums }: { day: string; sums: AccountDay | undefined }) {
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
      {sums && <DaySums day={sums} />}
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
