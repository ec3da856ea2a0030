"""Rows written before a list had an order appear in it after the next deployment."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from functions.accounting.ledger import balance_key, new_balance
from functions.accounting.rows import Account, Balance
from ops.local import backfill_list_keys
from ops.stage import tables
from ops.stage.aws import Aws
from tests.ops import tables_of

ANN = Account("ann", "Ann", "worker", "active", 1, 0, "ann#ann")
DEBT = replace(new_balance("ann", "2026-11-22"), balance=-5, balance_key=balance_key(-5, "ann"))


@pytest.fixture
def stage(aws: Aws) -> Iterator[Aws]:
    with mock_aws():
        tables_of.make(aws, "accounting")
        tables_of.put(aws, "accounting", [replace(ANN, name_key=None), replace(DEBT, balance_key=None)])
        yield aws


def stored(aws: Aws) -> list[Any]:
    return [row for kind in (Account, Balance) for row in tables.rows(aws, "accounting", kind)]


def test_a_row_without_its_key_gets_it_once(stage: Aws) -> None:
    assert backfill_list_keys.complete(stage) == 2
    assert stored(stage) == [ANN, DEBT]
    assert backfill_list_keys.complete(stage) == 0


def test_a_row_that_changes_meanwhile_is_not_overwritten(stage: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = replace(ANN, name="Anna", version=2, name_key="anna#ann")
    read = backfill_list_keys._accounts

    def read_then_renamed(aws: Aws) -> Iterator[backfill_list_keys.Lacking]:
        yield from list(read(aws))
        tables_of.put(aws, "accounting", [renamed])

    monkeypatch.setattr(backfill_list_keys, "_accounts", read_then_renamed)
    assert backfill_list_keys.complete(stage) == 1
    assert stored(stage) == [renamed, DEBT]
