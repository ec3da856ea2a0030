"""How tests are spread over workers."""

from collections import OrderedDict
from typing import Any
from unittest.mock import Mock

from tests.support.scheduling import GROUPS, Grouped

TESTS = [
    "tests/auth/test_me.py::test_a",
    "tests/infra/test_rules.py::test_b",
    "tests/system/test_races.py::test_c",
    "tests/system/failures/test_bus.py::test_d",
    "tests/infra/test_stages.py::test_e",
    "tests/system/test_stories.py::test_f",
]


def scheduler(node: Any) -> Grouped:
    made = Grouped.__new__(Grouped)
    made.workqueue, made.assigned_work = OrderedDict(), {}
    made.registered_collections = {node: TESTS}
    for test in TESTS:
        made.workqueue.setdefault(made._split_scope(test), {})[test] = False
    return made


def test_groups_start_first_and_each_has_one_worker() -> None:
    node = Mock()
    made = scheduler(node)
    for _ in range(len(made.workqueue)):
        made._assign_work_unit(node)
    sent = [[TESTS[index] for index in call.args[0]] for call in node.send_runtest_some.call_args_list]
    assert sent == [[TESTS[5]], [TESTS[3]], [TESTS[2]], [TESTS[1], TESTS[4]], [TESTS[0]]]


def test_a_test_that_shares_nothing_goes_to_any_free_worker() -> None:
    made = scheduler(Mock())
    assert set(made.workqueue) == {*GROUPS.values(), TESTS[0]}
