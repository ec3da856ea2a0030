import { useLingui } from "@lingui/react/macro";
import { Box } from "@mui/material";
import { ROLES } from "../app/rights.ts";
import { SearchBox } from "../app/ui/SearchBox.tsx";
import { useRoleName } from "../app/ui/useRoleName.ts";
import { useAddress } from "../app/useAddress.ts";
import { FilterSelect } from "./FilterSelect.tsx";
import { type AccountFilter, type ListedState, STATES } from "./accounts.ts";

/** Whom to list; it all lives in the address. */
export function AccountFilters({ filter }: { filter: AccountFilter }) {
  const { t } = useLingui();
  const { change } = useAddress();
  const roleName = useRoleName();
  const states: Record<ListedState, string> = {
    active: t`Active`,
    waiting: t`Not signed in yet`,
    deactivated: t`Deactivated`,
  };
  return (
    <Box sx={{ display: "flex", flexWrap: "wrap", gap: 1.5 }}>
      <SearchBox
        value={filter.q ?? ""}
        label={t`Search by name or e-mail`}
        onSearch={(q) => {
          change({ q }, { replace: true });
        }}
      />
      <FilterSelect
        label={t`State`}
        every={t`Every state`}
        value={filter.state}
        options={STATES.map((state) => [state, states[state]])}
        onChange={(state) => {
          change({ state });
        }}
      />
      <FilterSelect
        label={t`Role`}
        every={t`Every role`}
        value={filter.role}
        options={ROLES.map((role) => [role, roleName(role)])}
        onChange={(role) => {
          change({ role });
        }}
      />
    </Box>
  );
}
