"""The generated parts of pages are up to date, as `python -m benchmarks documents --check` says."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks import documents, result
from benchmarks.costs.case import Case, Cost, Measured
from infra.documents.__main__ import ROOT, differing


def test_each_services_table_of_costs_is_what_was_measured(measured: Sequence[Measured]) -> None:
    pages = dict(documents._costs(measured, ROOT))
    assert len(pages) == 5
    assert differing(pages) == []


def test_the_page_of_figures_shows_the_results() -> None:
    assert differing({documents.PERFORMANCE: documents.performance(result.load())}) == []


def test_the_readme_shows_the_results() -> None:
    assert differing({documents.README: documents.readme(result.load())}) == []


def test_the_readme_shows_only_what_was_measured(tmp_path: Path) -> None:
    for page, text in {
        documents.README: "\n".join(("# aTES", *map(str.strip, documents.FIGURES), "")),
        documents.SCENARIOS: "3 scenarios on 2 cores; injected 9, lost 0, doubled 1, mails again 2.\n",
    }.items():
        (tmp_path / page).parent.mkdir(exist_ok=True)
        (tmp_path / page).write_text(text)
    parts = {"layer": {"lines": [["layer, unzipped", "11 MB", ""], ["layer, zipped", "4.7 MB", ""]]}}
    rows = documents.readme({"parts": parts}, tmp_path).splitlines()[4:-1]
    assert rows == [
        "| the libraries of a function, zipped | 4.7 MB | `.venv/bin/python -m benchmarks layer` |",
        "| 3 failure scenarios with 9 injected faults | lost 0, doubled 1 | `make failures` |",
    ]


def test_a_row_has_its_budgets_reason_and_calls_to_other_services() -> None:
    case = Case("tracking.publish_events", "2 events", lambda _: None)
    table = documents.costs_table("tracking", [Measured(case, Cost(1, 0.5, 6), "1 to events")])
    row = table.splitlines()[2]
    assert row.startswith("| `publish_events` | 2 events | 1, 1 to events | 0.5 | 6 | a receipt")


def test_what_is_not_measured_says_why() -> None:
    assert "| `book_payout` | | | | | runs only when" in documents.costs_table("accounting", [])


def test_a_part_shows_where_it_ran() -> None:
    part = {
        "figures": ["a"],
        "lines": [["memory", "1 MB", "2 MB"]],
        "ran_on": {"at": "2026-03-02", "python": "3.13.0", "machine": "x86_64", "cores": 2},
        "beside": "main",
    }
    text = documents._part("memory", part)
    assert "2026-03-02, Python 3.13.0, x86_64, 2 cores, beside main." in text
    assert "| memory | 1 MB | 2 MB |" in text
