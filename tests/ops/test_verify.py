"""`ates verify`: findings by kind, their number, their repair; missing tables."""

import json
from collections.abc import Iterator

import pytest
from moto import mock_aws

from functions.accounting.audit import Finding
from infra.package import ROOT
from ops import __main__ as command_line
from ops.audit import grouped, ledger, services
from ops.audit.disagreement import Disagreement
from ops.audit.ledger import Verified
from ops.audit.services import Agreement
from ops.stage import connection, stacks
from ops.stage.aws import Aws
from tests.ops import tables_of
from tests.support.complete import check_complete

FAULTS = tuple(Finding(f"account {n}", "entry 1: follows 7") for n in range(12))
DIFFERENCES = (
    *(Disagreement("missing entry", f"Task.Assigned e{n}", "fee not booked") for n in range(172)),
    Disagreement("roster", "roster", "its size is 3, its slots are 1, 2"),
)


@pytest.fixture
def wrong(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "aws", lambda _: aws)
    monkeypatch.setattr(ledger, "recompute", lambda *_: Verified(12, 12, 1, FAULTS))
    monkeypatch.setattr(services, "compare", lambda *_: Agreement(DIFFERENCES, (), "nothing", {"tasks": 2}))


@pytest.mark.usefixtures("wrong")
def test_findings_are_counted_by_kind_and_each_kind_has_its_repair(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command_line.main(["verify"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 3 + grouped.MAX_OF_A_KIND + 1 + 3 + grouped.MAX_OF_A_KIND + 3 + 1
    assert shown[0] == "ledger: 12"
    assert shown[11] == "  and 2 more (--all shows them)"
    assert shown[12].startswith("  repair: ates restore accounting --to TIME")
    assert shown[14] == "missing entry: 172"
    assert shown[25] == "  and 162 more (--all shows them)"
    assert shown[26] == f"  repair: {grouped.REPAIRS['missing entry']}"
    assert shown[27] == "roster: 1"


@pytest.mark.usefixtures("wrong")
def test_all_are_shown_if_asked_for_and_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["verify", "--all"]) == 1
    shown = capsys.readouterr().out
    assert "  Task.Assigned e171: fee not booked" in shown.splitlines()
    assert "more (--all" not in shown
    assert command_line.main(["verify", "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["agreement"]["findings"]) == len(DIFFERENCES)


def test_every_repair_is_that_of_the_runbook() -> None:
    table = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8").partition("| kind |")[2]
    rows = [line.split("|") for line in table.partition("\n\n")[0].splitlines() if line.startswith("| `")]
    told = {
        kind.strip().strip("`"): cells[3].replace("`", "").strip()
        for cells in rows
        for kind in cells[1].split(",")
    }
    repairs = {kind: text for kind, text in grouped.REPAIRS.items() if kind != grouped.LEDGER}
    check_complete(set(repairs), set(told), "the repairs of `ates verify`")
    plain = {kind: text.replace(" (TIME is when the data was right)", "") for kind, text in repairs.items()}
    assert plain == told


@pytest.fixture
def tables(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    with mock_aws():
        for service in stacks.SERVICES:
            tables_of.make(aws, service)
        monkeypatch.setattr(connection, "aws", lambda _: aws)
        yield aws


def test_a_missing_table_is_named_with_its_repair(tables: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ates-dev-accounting-entries", "ates-dev-auth-accounts"):
        tables.dynamodb.delete_table(TableName=name)
    assert command_line.main(["verify"]) == 1
    assert capsys.readouterr().out.splitlines()[:4] == [
        "missing table: 2",
        "  accounting's table ates-dev-accounting-entries: does not exist",
        "  auth's table ates-dev-auth-accounts: does not exist",
        "  repair: ates restore SERVICE --to now, for analytics ates rebuild analytics",
    ]
