import { useLingui } from "@lingui/react/macro";
import { MenuItem, TextField } from "@mui/material";
import { ROLES, type Role } from "../app/rights.ts";
import { useRoleName } from "../app/ui/useRoleName.ts";

interface Props {
  label: string;
  value: Role;
  onChange: (role: Role) => void;
}

export function RoleSelect({ label, value, onChange }: Props) {
  const { t } = useLingui();
  const roleName = useRoleName();
  const notes: Record<Role, string> = {
    worker: t`Is assigned tasks`,
    accountant: t`Is assigned tasks, sees the company's money`,
    manager: t`Assigns tasks`,
    admin: t`May do everything here`,
  };
  return (
    <TextField
      select
      label={label}
      value={value}
      helperText={notes[value]}
      sx={{ mt: 1 }}
      onChange={({ target }) => {
        const chosen = ROLES.find((role) => role === target.value);
        if (chosen) onChange(chosen);
      }}
    >
      {ROLES.map((role) => (
        <MenuItem key={role} value={role}>
          {roleName(role)}
        </MenuItem>
      ))}
    </TextField>
  );
}
