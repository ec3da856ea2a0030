import { TextField, type TextFieldProps } from "@mui/material";
import { type FieldPath, type FieldValues, useController, type UseControllerProps } from "react-hook-form";

type Props<T extends FieldValues, N extends FieldPath<T>> = Pick<
  UseControllerProps<T, N>,
  "name" | "control" | "rules"
> &
  Omit<TextFieldProps, "name" | "error" | "value" | "onChange">;

/** A text field of a form, with its error under it in place of the help. */
export function FormField<T extends FieldValues, N extends FieldPath<T>>({
  name,
  control,
  rules,
  helperText,
  ...rest
}: Props<T, N>) {
  const { field, fieldState } = useController<T, N>({
    name,
    ...(control && { control }),
    ...(rules && { rules }),
  });
  const { ref, ...bound } = field;
  return (
    <TextField
      {...rest}
      {...bound}
      inputRef={ref}
      error={Boolean(fieldState.error)}
      helperText={fieldState.error?.message ?? helperText}
    />
  );
}
