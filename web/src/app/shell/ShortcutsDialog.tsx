import { Trans, useLingui } from "@lingui/react/macro";
import {
  Box,
  Button,
  Dialog,
  DialogActions,
  DialogContent,
  DialogTitle,
  FormControlLabel,
  Switch,
} from "@mui/material";
import { useNav } from "../nav.tsx";
import { shortcuts, usePreference } from "../preferences.ts";

interface Props {
  open: boolean;
  onClose: () => void;
}

/** Every shortcut, and the switch that turns them off. */
export function ShortcutsDialog({ open, onClose }: Props) {
  const { t } = useLingui();
  const on = usePreference(shortcuts);
  const items = useNav().flatMap((group) => group.items);
  const rows: [string[], string][] = [
    [["c"], t`Create a task`],
    [["/"], t`Search`],
    [["j"], t`Next task`],
    [["k"], t`Previous task`],
    [["e"], t`Complete the task`],
    ...items.map((item): [string[], string] => [["g", item.letter], item.label]),
    [["?"], t`This list`],
  ];
  return (
    <Dialog open={open} onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="shortcuts">
      <DialogTitle id="shortcuts" variant="h2">
        <Trans>Keyboard shortcuts</Trans>
      </DialogTitle>
      <DialogContent>
        <Box component="dl" sx={{ m: 0, display: "grid", gridTemplateColumns: "1fr auto", rowGap: 1 }}>
          {rows.map(([keys, label]) => (
            <Row key={label} keys={keys} label={label} />
          ))}
        </Box>
        <FormControlLabel
          sx={{ mt: 2 }}
          control={
            <Switch
              checked={on === "on"}
              onChange={(_event, checked) => {
                shortcuts.set(checked ? "on" : "off");
              }}
            />
          }
          label={t`Shortcuts are on`}
        />
      </DialogContent>
      <DialogActions>
        <Button onClick={onClose}>
          <Trans>Close</Trans>
        </Button>
      </DialogActions>
    </Dialog>
  );
}

function Row({ keys, label }: { keys: string[]; label: string }) {
  return (
    <>
      <Box component="dt">{label}</Box>
      <Box component="dd" sx={{ m: 0, display: "flex", gap: 0.5, justifyContent: "flex-end" }}>
        {keys.map((key) => (
          <Box
            key={key}
            component="kbd"
            sx={{
              border: 1,
              borderColor: "divider",
              borderRadius: 0.75,
              px: 0.75,
              fontSize: "0.75rem",
              fontFamily: "inherit",
              bgcolor: "background.default",
            }}
          >
            {key}
          </Box>
        ))}
      </Box>
    </>
  );
}
