/** Instants (RFC 3339, UTC) in the reader's locale and zone. */
export function formatInstant(instant: string | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(asTime(instant));
}

export function formatTime(instant: string | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(asTime(instant));
}

/** Just the time for what was today, else day and time. */
export function formatRecent(instant: string | number, locale: string, now: number = Date.now()): string {
  const at = new Date(asTime(instant));
  const sameDay = at.toDateString() === new Date(now).toDateString();
  if (sameDay) return formatTime(instant, locale);
  const sameYear = at.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
    hour: "numeric",
    minute: "2-digit",
  }).format(at);
}

function asTime(instant: string | number): number {
  return typeof instant === "number" ? instant : Date.parse(instant);
}
