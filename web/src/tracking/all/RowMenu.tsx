import { Trans, useLingui } from "@lingui/react/macro";
import { IconButton, Menu, MenuItem } from "@mui/material";
import { EllipsisVertical } from "lucide-react";
import { useRef, useState } from "react";

interface Props {
  title: string;
  autoFocus: boolean;
  onCancelTask: () => void;
}

/** What else can be done with a listed task. */
export function RowMenu({ title, autoFocus, onCancelTask }: Props) {
  const { t } = useLingui();
  const button = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
  };
  return (
    <>
      <IconButton
        ref={button}
        size="small"
        aria-label={t`More about "${title}"`}
        aria-haspopup="menu"
        aria-expanded={open}
        autoFocus={autoFocus}
        onClick={() => {
          setOpen(true);
        }}
      >
        <EllipsisVertical size={16} aria-hidden />
      </IconButton>
      <Menu
        open={open}
        anchorEl={() => button.current}
        onClose={close}
        anchorOrigin={{ vertical: "bottom", horizontal: "right" }}
        transformOrigin={{ vertical: "top", horizontal: "right" }}
      >
        <MenuItem
          onClick={() => {
            close();
            onCancelTask();
          }}
        >
          <Trans>Cancel task</Trans>
        </MenuItem>
      </Menu>
    </>
  );
}
