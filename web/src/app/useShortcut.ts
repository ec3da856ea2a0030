import { type HotkeyCallback, useHotkeys } from "react-hotkeys-hook";
import { shortcuts, usePreference } from "./preferences.ts";

interface Options {
  enabled?: boolean;
  /** By the character that is typed, not by the key: for `?`, which no two keyboards have in one place. */
  character?: boolean;
}

/** A shortcut by the key's place, so that it is the same on a Russian keyboard; never while a dialog is open. */
export function useShortcut(
  keys: string,
  run: HotkeyCallback,
  { enabled = true, character = false }: Options = {},
) {
  const on = usePreference(shortcuts) === "on";
  useHotkeys(keys, run, {
    enabled: enabled && on,
    useKey: character,
    preventDefault: true,
    ignoreEventWhen: () => document.querySelector('[role="dialog"],[role="menu"],[role="listbox"]') !== null,
  });
}
