"""Times and spans as an operator writes them."""

from datetime import UTC, datetime, timedelta

from ops.console.errors import BadInput


def instant(text: str, option: str) -> datetime:
    """RFC 3339, or a date (midnight UTC); raises BadInput, naming the option."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} takes a time such as 2026-11-24T09:00Z, or a date, not {text!r}") from None
    if found.tzinfo is None and len(text) > len("2026-11-24"):
        raise BadInput(f"{option} needs a time zone: {text}Z for UTC")
    return found.replace(tzinfo=found.tzinfo or UTC).astimezone(UTC)


def span(begin: str | None, end: str | None, now: datetime) -> tuple[datetime, datetime]:
    """From `--from` to `--to`; default: until a minute from now, because clocks differ."""
    if begin is None:
        raise BadInput("--from is missing")
    first = instant(begin, "--from")
    last = now + timedelta(minutes=1) if end is None else instant(end, "--to")
    if first > last:
        raise BadInput(f"--from {begin} is after --to {end or 'now'}")
    return first, last
