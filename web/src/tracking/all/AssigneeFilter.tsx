import { useLingui } from "@lingui/react/macro";
import { Autocomplete, TextField } from "@mui/material";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Person } from "../../app/api/clients.ts";
import { useApp } from "../../app/context.ts";
import { useSettled } from "../../app/useSettled.ts";

interface Props {
  value: Person | null;
  onChange: (person: Person | null) => void;
}

const SHOWN = 20;

/** Picks an account by part of its name. */
export function AssigneeFilter({ value, onChange }: Props) {
  const { t } = useLingui();
  const { apis } = useApp();
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const q = useSettled(typed === value?.name ? "" : typed.trim());
  const { data, isFetching } = useQuery({
    queryKey: ["tracking", "assignees", q],
    queryFn: ({ signal }) =>
      body(apis.tracking.GET("/assignees", { params: { query: { limit: SHOWN, ...(q && { q }) } }, signal })),
    enabled: open,
    refetchInterval: false,
    placeholderData: (before) => before,
  });
  return (
    <Autocomplete
      size="small"
      sx={{ flex: "1 1 12.5rem", maxWidth: { sm: "17.5rem" } }}
      open={open}
      onOpen={() => {
        setOpen(true);
      }}
      onClose={() => {
        setOpen(false);
      }}
      value={value}
      options={data?.items ?? []}
      loading={isFetching}
      loadingText={t`Searching…`}
      noOptionsText={t`Nobody of this name`}
      filterOptions={(options) => options}
      getOptionLabel={(person) => person.name}
      getOptionKey={(person) => person.account_id}
      isOptionEqualToValue={(one, other) => one.account_id === other.account_id}
      onInputChange={(_event, text) => {
        setTyped(text);
      }}
      onChange={(_event, person) => {
        onChange(person);
      }}
      renderInput={(params) => <TextField {...params} label={t`Assignee`} />}
    />
  );
}
