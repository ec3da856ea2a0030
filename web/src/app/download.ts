import { csv, type Row } from "./format/csv.ts";

/** Has the browser save a CSV file. */
export function download(name: string, rows: readonly Row[]): void {
  const address = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
