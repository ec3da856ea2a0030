import { Box } from "@mui/material";
import type { Money } from "../format/money.ts";
import { FIGURES } from "../theme.ts";
import { useFormat } from "../useFormat.ts";

interface Props {
  money: Money;
  /** With a plus sign, and coloured: a movement, not a balance. */
  signed?: boolean;
}

/** Money, its figures one under the other; a debt is told by its sign, not by colour alone. */
export function Amount({ money, signed = false }: Props) {
  const format = useFormat();
  const color = money.amount < 0 ? "error.main" : signed && money.amount > 0 ? "success.main" : "inherit";
  return (
    <Box component="span" sx={{ ...FIGURES, color, whiteSpace: "nowrap" }}>
      {signed ? format.signed(money) : format.money(money)}
    </Box>
  );
}
