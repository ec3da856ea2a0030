import { TableCell, TableSortLabel } from "@mui/material";
import type { ReactNode } from "react";
import type { Order } from "./balances.ts";

interface Props {
  by: Order;
  order: Order;
  onOrder: (order: Order) => void;
  align?: "left" | "right";
  children: ReactNode;
}

/** The head of a column that the list can be sorted by; always upwards, as the service gives it. */
export function SortedHead({ by, order, onOrder, align = "left", children }: Props) {
  const active = by === order;
  return (
    <TableCell align={align} {...(active && { sortDirection: "asc" as const })}>
      <TableSortLabel
        active={active}
        direction="asc"
        onClick={() => {
          onOrder(by);
        }}
      >
        {children}
      </TableSortLabel>
    </TableCell>
  );
}
