"""Calls and units of every use case, exactly; `python -m benchmarks documents` writes the pages' tables."""

from collections.abc import Sequence
from dataclasses import astuple

import pytest

from benchmarks.costs import CASES, UNMEASURED
from benchmarks.costs.budgets import BUDGETS
from benchmarks.costs.case import Measured
from benchmarks.in_memory import running
from benchmarks.stand_ins import UseCaseFailed
from infra.discovery import discover
from shared.spec import Http

SPECS = {spec.consumer: spec for service in discover() for spec in service.use_cases}


def test_each_case_keeps_to_its_budget_exactly(measured: Sequence[Measured]) -> None:
    found = {each.case.name: each.cost for each in measured if each.case.name in BUDGETS}
    assert found == {name: budget.cost for name, budget in BUDGETS.items()}


def test_every_use_case_is_measured_or_says_why_not(measured: Sequence[Measured]) -> None:
    done = {each.case.use_case for each in measured}
    assert done | UNMEASURED.keys() == SPECS.keys()
    assert not done & UNMEASURED.keys()


def test_all_that_is_no_plain_read_has_a_budget_with_its_reason() -> None:
    reads = {
        name
        for name, spec in SPECS.items()
        if isinstance(spec.trigger, Http) and spec.trigger.method == "GET"
    }
    assert {case.name for case in CASES if case.use_case not in reads} <= BUDGETS.keys()
    assert all(budget.because for budget in BUDGETS.values())


def test_a_read_without_a_case_is_measured_by_its_route(measured: Sequence[Measured]) -> None:
    own = {case.use_case for case in CASES}
    alone = {each.case.use_case: each.cost for each in measured if each.case.use_case not in own}
    assert astuple(alone["tracking.get_task"]) == (2, 3, 0)
    assert astuple(alone["accounting.get_my_balance"]) == (1, 1, 0)


def test_a_refused_request_stops_the_measurement() -> None:
    with running() as product, pytest.raises(UseCaseFailed, match="nobody-eligible"):
        product.request("tracking.create_task", "x", "manager", body={"title": "For nobody"})
