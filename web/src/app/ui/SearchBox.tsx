import { InputAdornment, TextField } from "@mui/material";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useShortcut } from "../useShortcut.ts";

interface Props {
  value: string;
  label: string;
  onSearch: (text: string | null) => void;
}

const PAUSE_MS = 450;

/** Searches on Enter or after a pause, never per keystroke; `/` goes to it. */
export function SearchBox({ value, label, onSearch }: Props) {
  const [text, setText] = useState(value);
  const [shown, setShown] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  if (shown !== value) {
    setShown(value);
    if (text.trim() !== value) setText(value);
  }
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  useShortcut("slash", () => input.current?.focus());
  const search = (typed: string) => {
    clearTimeout(timer.current);
    if (typed.trim() !== value) onSearch(typed.trim() || null);
  };
  return (
    <TextField
      type="search"
      inputRef={input}
      value={text}
      sx={{ flex: "1 1 13.75rem", maxWidth: { sm: "22.5rem" } }}
      placeholder={label}
      onChange={({ target }) => {
        setText(target.value);
        clearTimeout(timer.current);
        timer.current = setTimeout(search, PAUSE_MS, target.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") search(text);
      }}
      slotProps={{
        htmlInput: { "aria-label": label, maxLength: 200 },
        input: {
          startAdornment: (
            <InputAdornment position="start">
              <Search size={16} aria-hidden />
            </InputAdornment>
          ),
        },
      }}
    />
  );
}
