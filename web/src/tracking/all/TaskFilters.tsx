import { useLingui } from "@lingui/react/macro";
import { Box, ToggleButton, ToggleButtonGroup } from "@mui/material";
import type { Task } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { SearchBox } from "../../app/ui/SearchBox.tsx";
import { useAddress } from "../../app/useAddress.ts";
import type { TaskFilter } from "../queries.ts";
import { AssigneeFilter } from "./AssigneeFilter.tsx";
import { useAssigneeName } from "./useAssigneeName.ts";

interface Props {
  filter: TaskFilter;
  /** What is listed, to know an assignee's name by. */
  tasks: readonly Task[];
}

/** What to list; it all lives in the address. */
export function TaskFilters({ filter, tasks }: Props) {
  const { t } = useLingui();
  const { me } = useApp();
  const { change } = useAddress();
  const assigneeId = filter.assignee === "me" ? me.accountId : filter.assignee;
  const known = tasks.find((task) => task.assignee.account_id === assigneeId)?.assignee.name;
  const listedName = assigneeId === me.accountId ? me.name : known;
  const name = useAssigneeName(assigneeId, listedName);
  return (
    <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5, mb: 2 }}>
      <SearchBox
        value={filter.q ?? ""}
        label={t`Search by title or id`}
        onSearch={(q) => {
          change({ q }, { replace: true });
        }}
      />
      <ToggleButtonGroup
        exclusive
        size="small"
        sx={{ flexWrap: "wrap" }}
        aria-label={t`Status`}
        value={filter.status ?? "all"}
        onChange={(_event, value: string | null) => {
          if (value) change({ status: value === "all" ? null : value });
        }}
      >
        <ToggleButton value="all">{t`All`}</ToggleButton>
        <ToggleButton value="open">{t`Open`}</ToggleButton>
        <ToggleButton value="completed">{t`Completed`}</ToggleButton>
        <ToggleButton value="cancelled">{t`Cancelled`}</ToggleButton>
      </ToggleButtonGroup>
      <AssigneeFilter
        value={assigneeId ? { account_id: assigneeId, name: name ?? t`Somebody` } : null}
        onChange={(person) => {
          change({ assignee: person?.account_id ?? null });
        }}
      />
    </Box>
  );
}
