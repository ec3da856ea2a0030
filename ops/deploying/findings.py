"""What was found before a deployment, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.table import Table
from rich.text import Text


class Weight(StrEnum):
    """Only what `STOPS` would make the deployment fail."""

    FINE = "fine"
    WARNS = "warning"
    STOPS = "stops"


@dataclass(frozen=True, slots=True)
class Finding:
    """`to_do` is empty if there is nothing to do."""

    about: str
    weight: Weight
    found: str
    to_do: str = ""


STYLES = {Weight.FINE: None, Weight.WARNS: "yellow", Weight.STOPS: "red"}


def table(findings: Sequence[Finding]) -> Table:
    shown = Table("checked", "", "found", "what to do", box=None, pad_edge=False)
    for each in findings:
        cells = (each.about, each.weight, each.found, each.to_do)
        shown.add_row(*map(Text, cells), style=STYLES[each.weight])
    return shown
