import type { FieldPath, FieldValues, UseFormReturn } from "react-hook-form";
import { Problem } from "./api/problem.ts";

/**
 * Shows a service's field errors at their fields, the focus on the first; returns whether all had one, so that
 * whatever else was refused can be said above the form.
 */
export function showFieldErrors<T extends FieldValues>(
  error: Error,
  form: UseFormReturn<T>,
  fields: readonly FieldPath<T>[],
): boolean {
  if (!(error instanceof Problem) || error.fields.length === 0) return false;
  const known = error.fields.flatMap(({ field, message }) => {
    const name = fields.find((one) => one === field);
    return name ? [{ name, message }] : [];
  });
  known.forEach(({ name, message }, index) => {
    form.setError(name, { type: "server", message }, { shouldFocus: index === 0 });
  });
  return known.length === error.fields.length;
}
