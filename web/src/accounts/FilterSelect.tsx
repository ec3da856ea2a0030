import { MenuItem, TextField } from "@mui/material";

interface Props {
  label: string;
  /** What no filter is called. */
  every: string;
  value: string | null;
  options: readonly (readonly [value: string, label: string])[];
  onChange: (value: string | null) => void;
}

const EVERY = "every";

export function FilterSelect({ label, every, value, options, onChange }: Props) {
  return (
    <TextField
      select
      label={label}
      value={value ?? EVERY}
      sx={{ flex: "1 1 8.75rem", maxWidth: { sm: "11.875rem" } }}
      onChange={({ target }) => {
        onChange(target.value === EVERY ? null : target.value);
      }}
    >
      <MenuItem value={EVERY}>{every}</MenuItem>
      {options.map(([option, name]) => (
        <MenuItem key={option} value={option}>
          {name}
        </MenuItem>
      ))}
    </TextField>
  );
}
