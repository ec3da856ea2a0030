"""The generated documents are committed and up to date."""

from pathlib import Path

import pytest

from infra.discovery import discover
from infra.documents import __main__ as command_line
from infra.documents.__main__ import (
    DIAGRAM,
    SCHEMAS,
    ReleasedDocuments,
    breaking_changes,
    differing,
    documents,
    left_over,
    with_part,
)
from infra.documents.use_cases import table

FILES = documents()


@pytest.mark.parametrize("path", sorted(FILES), ids=str)
def test_a_generated_document_is_up_to_date(path: Path) -> None:
    assert differing({path: FILES[path]}) == [], "run `python -m infra.documents`"


def test_a_document_changed_by_hand_is_found(tmp_path: Path) -> None:
    path = Path("document.json")
    (tmp_path / path).write_text("{}")
    assert differing({path: "{ }"}, tmp_path) == [path]
    assert differing({path: "{}"}, tmp_path) == []


def test_no_released_document_is_broken() -> None:
    assert breaking_changes() == []


def test_no_schema_of_a_removed_event_is_left() -> None:
    assert left_over(FILES) == []


def test_a_leftover_schema_is_found(tmp_path: Path) -> None:
    for name in ("Task.Painted.v1.json", "Task.Painted.v1.example.json"):
        (tmp_path / SCHEMAS).mkdir(parents=True, exist_ok=True)
        (tmp_path / SCHEMAS / name).write_text("{}")
    assert left_over(FILES, tmp_path) == [SCHEMAS / "Task.Painted.v1.json"]


def test_check_writes_nothing_and_fails_when_a_file_is_out_of_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "page.md"
    monkeypatch.setattr(command_line, "documents", lambda: {path: "new"})
    assert command_line.main(["--check"]) == 1
    assert f"{path} is out of date: run python -m infra.documents" in capsys.readouterr().err
    assert not path.exists()
    assert command_line.main([]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    monkeypatch.setattr(command_line, "left_over", lambda _files: [])
    assert command_line.main(["--check"]) == 0


def test_nothing_is_released_if_one_document_breaks_its_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, broken = (
        ReleasedDocuments(
            {"a": {"x": 1}}, tmp_path / name, lambda old, new: [] if old == new else ["x changed"]
        )
        for name in ("kept", "broken")
    )
    monkeypatch.setattr(command_line, "documents", dict)
    monkeypatch.setattr(command_line, "released_documents", lambda: (kept, broken))
    assert command_line.main(["--release"]) == 0
    assert capsys.readouterr().out.splitlines() == [str(each.folder / "a.json") for each in (kept, broken)]
    (broken.folder / "a.json").write_text('{"x": 2}')
    (kept.folder / "a.json").unlink()
    assert command_line.main(["--release"]) == 1
    assert capsys.readouterr().err == "a: x changed\n"
    assert not (kept.folder / "a.json").exists()


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
