"""What the comparison of the services finds."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Disagreement:
    """`kind` is for machines; `pending` if what is missing may still arrive by itself."""

    kind: str
    where: str
    what: str
    pending: bool = False
    event_id: str | None = None
    account_id: str | None = None

    def json(self) -> dict[str, Any]:
        return asdict(self)
