"""Findings as people read them: by kind, with their number and the command that repairs them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rich.text import Text

LEDGER = "ledger"
MAX_OF_A_KIND = 10

_TO_A_TIME = "TIME is when the data was right"
# docs/runbook.md explains each kind.
REPAIRS: Mapping[str, str] = {
    LEDGER: f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "missing table": "ates restore SERVICE --to now, for analytics ates rebuild analytics",
    "lost rows": "ates restore SERVICE --to now, for analytics ates rebuild analytics",
    "missing entry": "ates dlq list, then ates regenerate --service tracking --missing",
    "entries too many": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "wrong entry": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "entry without event": "ates restore tracking --to now",
    "price out of range": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "price and event differ": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "event without price": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "entry and event differ": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "event without ledger entry": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "missing payout": "ates rebuild payouts",
    "close and entries differ": f"ates restore accounting --to TIME ({_TO_A_TIME})",
    "wrong task": f"ates restore tracking --to TIME ({_TO_A_TIME})",
    "missing task": f"ates restore tracking --to TIME ({_TO_A_TIME})",
    "wrong claim": "ates restore tracking --to now",
    "roster": f"ates restore tracking --to TIME ({_TO_A_TIME})",
    "old replica": "ates replay --consumer tracking.on_account_event --from TIME,"
    " likewise accounting.on_account_event",
    "unknown account": "ates restore auth --to now",
    "missing report": "ates dlq list, then ates replay --consumer notifications.on_ledger_event --from TIME",
    "wrong report": f"ates restore notifications --to TIME ({_TO_A_TIME})",
    "report without close": f"ates restore notifications --to TIME ({_TO_A_TIME})",
    "analytics": "ates rebuild analytics",
    "unreadable row": f"ates restore SERVICE --to TIME ({_TO_A_TIME}), for analytics ates rebuild analytics",
}


def lines(findings: Iterable[tuple[str, str]], most: int | None) -> Iterator[Text]:
    """From kinds and texts: for each kind its number, at most `most` of its findings, and its repair."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, text in findings:
        by_kind[kind].append(text)
    for kind, texts in by_kind.items():
        yield Text(f"{kind}: {len(texts)}")
        shown = texts if most is None else texts[:most]
        yield from (Text(f"  {text}") for text in shown)
        if len(shown) < len(texts):
            yield Text(f"  and {len(texts) - len(shown)} more (--all shows them)")
        yield Text(f"  repair: {REPAIRS[kind]}")
