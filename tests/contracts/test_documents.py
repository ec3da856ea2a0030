"""The generated documents are committed and up to date."""

from pathlib import Path

import pytest

from infra.discovery import discover
from infra.documents.__main__ import DIAGRAM, differing, documents, with_part
from infra.documents.use_cases import table

FILES = documents()


@pytest.mark.parametrize("path", sorted(FILES), ids=str)
def test_a_generated_document_is_up_to_date(path: Path) -> None:
    assert differing({path: FILES[path]}) == [], "python -m infra.documents renews it"


def test_a_document_changed_by_hand_is_found(tmp_path: Path) -> None:
    path = Path("document.json")
    (tmp_path / path).write_text("{}")
    assert differing({path: "{ }"}, tmp_path) == [path]
    assert differing({path: "{}"}, tmp_path) == []


def test_a_part_of_a_page_is_replaced_between_its_fences() -> None:
    opening, closing = DIAGRAM
    page = with_part(f"before\n{opening}old\n{closing}after\n", DIAGRAM, "new\n")
    assert page == f"before\n{opening}new\n{closing}after\n"
    with pytest.raises(ValueError, match="mermaid"):
        with_part("a page without it", DIAGRAM, "new\n")


TABLES = {service.name: table(service) for service in discover()}


@pytest.mark.parametrize(
    ("service", "use_case", "trigger"),
    [
        ("tracking", "create_task", "`POST /tasks`, any role"),
        ("accounting", "list_closes", "`GET /closes?from&to`, accountant, admin"),
        ("accounting", "on_account_event", "`Account.*`"),
        ("analytics", "on_ledger_event", "`Account.DayClosed`, `Ledger.EntryPosted`"),
        ("notifications", "send_report", "queue `reports`"),
        ("notifications", "queue_due_reports", "every minute"),
        ("accounting", "close_days", "every 5 minutes"),
        ("auth", "publish_events", "stream of `journal`"),
        ("auth", "get_email", "invoked by name"),
    ],
)
def test_a_use_case_is_in_its_table_with_its_trigger(service: str, use_case: str, trigger: str) -> None:
    assert f"\n| `{use_case}` | {trigger} | " in TABLES[service]
