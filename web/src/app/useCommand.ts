import { useMutation, type UseMutationOptions } from "@tanstack/react-query";
import { Problem } from "./api/problem.ts";
import { useApp } from "./context.ts";

interface Command<Input, Answer, Undo> extends Omit<
  UseMutationOptions<Answer, Error, Input, Undo>,
  "mutationFn"
> {
  /** Tells commands apart whose keys are kept at the same time. */
  name: string | ((input: Input) => string);
  send: (input: Input, key: string) => Promise<Answer>;
}

/** A POST under an Idempotency-Key that stays the same until the service has answered it. */
export function useCommand<Input, Answer, Undo = unknown>({
  name,
  send,
  ...options
}: Command<Input, Answer, Undo>) {
  const { keys } = useApp();
  const nameOf = (input: Input) => (typeof name === "string" ? name : name(input));
  return useMutation<Answer, Error, Input, Undo>({
    ...options,
    mutationFn: async (input) => {
      const command = nameOf(input);
      try {
        const answer = await send(input, keys.keyFor(command, input));
        keys.forget(command);
        return answer;
      } catch (error) {
        if (error instanceof Problem && error.answered && error.status !== 401) keys.forget(command);
        throw error;
      }
    },
  });
}
