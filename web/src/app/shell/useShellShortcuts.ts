import { useNavigate } from "react-router";
import { useNav } from "../nav.tsx";
import { useAddress } from "../useAddress.ts";
import { useShortcut } from "../useShortcut.ts";

/** Those that work in every view. */
export function useShellShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  const { change } = useAddress();
  const items = useNav().flatMap((group) => group.items);
  useShortcut("?", onHelp, { character: true });
  useShortcut("c", () => {
    change({ create: "task" });
  });
  useShortcut(items.map((item) => `g>${item.letter}`).join(","), (_event, { keys }) => {
    const path = items.find((item) => item.letter === keys?.at(-1))?.path;
    if (path) void navigate(path);
  });
}
