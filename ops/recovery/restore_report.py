"""What a restore did: for the operator, and for the operation log."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_LISTED = 50


@dataclass
class Restored:
    """What a restore did, for the operator.

    `differences`: facts that were known before and are different now; there should be none.
    `put_right`: wrong facts that the tables had before. `unreadable`: rows that could not be read.
    `without_user`: accounts that came back without their user or their address.
    """

    service: str
    start: str
    own_events: int = 0
    rows: int = 0
    made_tables: list[str] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    put_right: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    without_user: list[str] = field(default_factory=list)

    def record(self) -> dict[str, Any]:
        """For the operation log: each list shortened to what fits."""
        return {
            name: value[:MAX_LISTED] if isinstance(value, list) else value
            for name, value in asdict(self).items()
        }

    def lines(self) -> Iterator[str]:
        yield f"{self.service} restored from {self.start}: {self.rows} rows, {self.own_events} own events"
        compared = ", ".join(f"{count} {what}" for what, count in self.compared.items())
        yield f"compared with what was known before: {compared}"
        yield from (f"DIFFERS: {each}" for each in self.differences)
        yield from (f"corrected: {each}" for each in self.put_right)
        yield from (f"unreadable: {each}" for each in self.unreadable)
        yield from (f"check by hand: {each}" for each in self.without_user)
