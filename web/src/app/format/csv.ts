/** One line of cells: text, or a number that a spreadsheet may count with. */
export type Row = readonly (string | number | { decimal: string })[];

/** RFC 4180 with a byte order mark, so that spreadsheets read it as UTF-8. */
export function csv(rows: readonly Row[]): string {
  return "\ufeff" + rows.map((row) => row.map(cell).join(",") + "\r\n").join("");
}

function cell(value: Row[number]): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "object") return value.decimal;
  const safe = guarded(value);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A spreadsheet runs text that begins like a formula, also behind blanks; an apostrophe keeps it text. */
function guarded(text: string): string {
  return /^[\s\p{Cc}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r]/u.test(text) ? `'${text}` : text;
}
