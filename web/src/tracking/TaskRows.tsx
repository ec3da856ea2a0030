import { Box } from "@mui/material";
import { type ReactNode, useRef } from "react";
import { useShortcut } from "../app/useShortcut.ts";

interface Props {
  label: string;
  children: ReactNode;
}

/** A list of tasks; `j` and `k` go from one to the next, `e` asks to complete the one in focus. */
export function TaskRows({ label, children }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const go = (step: number) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("[data-task-link]") ?? [])];
    const at = links.findIndex((link) => link.closest("li")?.contains(document.activeElement));
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
    links[Math.min(Math.max(next, 0), links.length - 1)]?.focus();
  };
  useShortcut("j", () => {
    go(1);
  });
  useShortcut("k", () => {
    go(-1);
  });
  useShortcut("e", () => {
    const row = document.activeElement?.closest("li");
    if (row && list.current?.contains(row)) row.querySelector<HTMLElement>("[data-complete]")?.click();
  });
  return (
    <Box component="ul" ref={list} aria-label={label} sx={{ m: 0, p: 0, listStyle: "none" }}>
      {children}
    </Box>
  );
}
