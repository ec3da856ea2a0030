import { useState } from "react";

/** Whether a question stands in a button's place; taken back, the button has the focus again. */
export function useAsking() {
  const [state, setState] = useState<"never" | "asking" | "declined">("never");
  return {
    asking: state === "asking",
    button: {
      autoFocus: state === "declined",
      onClick: () => {
        setState("asking");
      },
    },
    decline: () => {
      setState("declined");
    },
  };
}
