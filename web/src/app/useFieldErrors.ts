import { useLingui } from "@lingui/react/macro";
import { useCallback } from "react";
import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";
import { type FieldError, Problem } from "./api/problem.ts";

/** Shows a service's field errors at their fields, in the reader's language, the focus on the first. */
export function useFieldErrors() {
  const { t } = useLingui();
  const textOf = useCallback(
    ({ code, limit, message }: FieldError): string => {
      const known: Record<string, string> = {
        missing: t`Needed`,
        too_short: t`Needed`,
        nothing_visible: t`There is nothing to see in it`,
        too_long: t`At most ${limit} characters`,
        wrong_form: t`Not of the expected form`,
        title_has_brackets: t`No [ or ]: the id has a field of its own`,
        line_break: t`No line breaks or tabs`,
        control_character: t`Holds a control character`,
        noncharacter: t`Holds something that is no character`,
        unpaired_surrogate: t`Holds half of a character`,
        bidi_control: t`Holds a control that turns the direction of text`,
      };
      return known[code] ?? message;
    },
    [t],
  );
  return useCallback(
    <T extends FieldValues>(error: Error, form: UseFormReturn<T>, fields: readonly FieldPath<T>[]) => {
      if (!(error instanceof Problem)) return;
      const shown = error.fields.flatMap((one) => {
        const name = fields.find((field) => field === one.field);
        return name ? [{ name, message: textOf(one) }] : [];
      });
      shown.forEach(({ name, message }, index) => {
        form.setError(name, { type: "server", message }, { shouldFocus: index === 0 });
      });
    },
    [textOf],
  );
}
