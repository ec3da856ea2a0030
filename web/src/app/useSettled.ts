import { useEffect, useState } from "react";

const PAUSE_MS = 350;

/** A value once it has not changed for a moment: no request per keystroke. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(setSettled, PAUSE_MS, value);
    return () => {
      clearTimeout(timer);
    };
  }, [value]);
  return settled;
}
