"""`ates rebuild payouts` finds accounts closed without their payout, and books it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto import mock_aws

from functions.accounting.book_payout.use_case import Place, book_payout
from ops import __main__ as command_line
from ops.console.errors import CommandFailed
from ops.stage import connection, lambdas, operation_log
from ops.stage.aws import Aws
from shared.clock import system_clock
from shared.journal import events_in
from shared.memory_store import MemoryStore
from shared.records import JournalRecord
from tests.accounting import support
from tests.accounting.support import TODAY, assigned, completed
from tests.ops import tables_of
from tests.ops.conftest import create_operations_table
from tests.support.fakes import context

SERVICE = "accounting"


@pytest.fixture
def stranded(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[MemoryStore]:
    """Ann was closed without her payout, Bob with his; invoked functions use the rows in memory."""
    with mock_aws():
        create_operations_table(aws)
        tables_of.make(aws, SERVICE)
        whole = support.ledger()
        support.consume(whole, assigned("e1"), completed("e2"), assigned("e3", "bob"), completed("e4", "bob"))
        support.close(whole, TODAY, "ann", "bob")
        store, _ = support.stranded(whole)
        write(aws, store)

        def invoke(_aws: Aws, service: str, use_case: str, payload: Mapping[str, Any]) -> dict[str, Any]:
            assert (service, use_case) == (SERVICE, "book_payout")
            entry = book_payout(Place(**payload), store, context())
            write(aws, store)
            return {"entry_number": entry and entry.entry_number}

        monkeypatch.setattr(connection, "aws", lambda stage: aws)
        monkeypatch.setattr(lambdas, "invoke", invoke)
        yield store


def write(aws: Aws, store: MemoryStore) -> None:
    tables_of.put(aws, SERVICE, [row for kind in tables_of.kinds(SERVICE) for row in store.rows(kind)])


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert command_line.main(["rebuild", "payouts", "--json", *arguments]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_a_stranded_account_is_found_and_its_payout_booked(
    stranded: MemoryStore, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = run(capsys, "--dry-run")["payouts"]
    assert (found["account_id"], found["business_day"]) == ("ann", TODAY)
    assert operation_log.recent(aws, system_clock) == []
    assert run(capsys)["payouts"] == [{**found, "entry_number": 3}]
    assert support.findings(stranded) == []
    assert run(capsys)["payouts"] == []
    done, first = operation_log.recent(aws, system_clock)
    assert (first.command, first.state, json.loads(first.result or "")["booked"]) == (
        "rebuild payouts",
        "done",
        [{**found, "entry_number": 3}],
    )
    assert done.state == "done"


def test_payouts_booked_before_a_failure_are_recorded(
    stranded: MemoryStore, aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> dict[str, Any]:
        raise CommandFailed("accounting answers nothing")

    monkeypatch.setattr(lambdas, "invoke", refuse)
    assert command_line.main(["rebuild", "payouts"]) == 1
    assert "accounting answers nothing" in capsys.readouterr().err
    (failed,) = operation_log.recent(aws, system_clock)
    assert (failed.state, json.loads(failed.result or "")["booked"]) == ("failed", [])


def test_an_unknown_event_version_is_found_before_anything_is_booked(
    stranded: MemoryStore, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = next(
        row for row in stranded.rows(JournalRecord) if events_in(row)[0]["event_name"] == "Account.DayClosed"
    )
    tables_of.put(aws, SERVICE, [tables_of.of_later_version(closed)])
    assert command_line.main(["rebuild", "payouts"]) == 1
    assert "this code cannot read Account.DayClosed v99 (1)" in capsys.readouterr().err
    assert operation_log.recent(aws, system_clock) == []
