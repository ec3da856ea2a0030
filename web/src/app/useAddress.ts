import { useCallback } from "react";
import { useSearchParams } from "react-router";

type Change = Record<string, string | null>;

/** Filters in the address, so that back, reload and a shared link show the same. */
export function useAddress() {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (changes: Change, how: { replace?: boolean } = {}) => {
      setParams(
        (before) => {
          const after = new URLSearchParams(before);
          for (const [name, value] of Object.entries(changes))
            if (value) after.set(name, value);
            else after.delete(name);
          return after;
        },
        { replace: how.replace ?? false },
      );
    },
    [setParams],
  );
  const get = useCallback((name: string) => params.get(name), [params]);
  return { get, change };
}
