"""`ates logs`: which functions, which lines, in which order."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ops import __main__ as command_line
from ops.console.errors import BadInput
from ops.daily import logs
from ops.stage import connection
from ops.stage.aws import Aws
from tests.ops.conftest import FakeTime

CREATE, CONSUME = "ates-dev-tracking-create-task", "ates-dev-accounting-on-task-event"
SINCE = datetime(2026, 11, 22, 14, tzinfo=UTC)


class Logs:
    """CloudWatch's logs: by function, its lines as (millisecond, text)."""

    def __init__(self) -> None:
        self.lines: dict[str, list[tuple[int, str]]] = {}
        self.begins: set[int] = set()
        self.ids = True

    def get_paginator(self, _name: str) -> "Logs":
        return self

    def paginate(self, *, logGroupName: str, startTime: int, **_: Any) -> Iterator[Any]:  # noqa: N803
        self.begins.add(startTime)
        function = logGroupName.removeprefix("/aws/lambda/")
        if function not in self.lines:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "FilterLogEvents")
        yield {
            "events": [
                {"timestamp": at, "message": text, **({"eventId": f"{function}-{n}"} if self.ids else {})}
                for n, (at, text) in enumerate(self.lines[function])
            ]
        }


def structured(message: str, correlation: str, **others: Any) -> str:
    return json.dumps(
        {"level": "INFO", "location": "x:1", "message": message, "correlation_id": correlation, **others}
    )


@pytest.fixture
def written(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Logs:
    found = Logs()
    found.lines = {
        CREATE: [
            (5, json.dumps({"_aws": {"Timestamp": 5}, "stage": "dev", "TasksCreated": 1})),
            (1, "START RequestId: 1"),
            (2, structured("created", "c-1", status=201)),
            (9, "plain\n"),
        ],
        CONSUME: [(3, structured("consumed", "c-1")), (4, structured("consumed", "c-2"))],
    }
    monkeypatch.setitem(vars(aws), "logs", found)
    monkeypatch.setattr(connection, "aws", lambda _: aws)
    return found


@pytest.mark.parametrize("ids", [True, False])
def test_lines_of_all_functions_are_in_the_order_of_time(
    written: Logs, capsys: pytest.CaptureFixture[str], ids: bool
) -> None:
    """An emulator's lines have no ids."""
    written.ids = ids
    assert command_line.main(["logs"]) == 0
    lines = [line.split("  ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "tracking.create_task  INFO  created  status=201  [c-1]",
        "accounting.on_task_event  INFO  consumed  [c-1]",
        "accounting.on_task_event  INFO  consumed  [c-2]",
        "tracking.create_task  TasksCreated=1",
        "tracking.create_task  plain",
    ]


def test_one_request_is_found_in_all_services(written: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["logs", "--correlation", "c-1", "--json", "--from", "2026-11-22T14:00Z"]) == 0
    found = json.loads(capsys.readouterr().out)["lines"]
    assert [each["function"] for each in found] == ["tracking.create_task", "accounting.on_task_event"]
    assert written.begins == {int(SINCE.timestamp() * 1000)}


@pytest.mark.parametrize("name", ["tracking.create_task", "tracking/create_task", CREATE])
def test_a_function_is_chosen_by_any_of_its_names(name: str) -> None:
    assert logs.chosen("dev", name) == {CREATE: "tracking.create_task"}


def test_a_service_is_all_of_its_functions() -> None:
    found = logs.chosen("dev", "auth")
    assert len(found) > 5
    assert {each.partition(".")[0] for each in found.values()} == {"auth"}
    with pytest.raises(BadInput, match="no function and no service 'billing'"):
        logs.chosen("dev", "billing")


def test_following_shows_each_line_once_as_it_comes(written: Logs, aws: Aws, fake_time: FakeTime) -> None:
    functions = logs.chosen("dev", "tracking.create_task")
    stream = logs.followed(aws, functions, None, SINCE, fake_time.clock, fake_time.timer)
    assert [each.at for each in islice(stream, 3)] == [2, 5, 9]
    written.lines[CREATE].append((10, "later"))
    assert next(stream).message == "later"
    assert fake_time.slept == [logs.FOLLOW_SECONDS]


def test_a_stream_without_an_end_is_no_document(written: Logs, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.main(["logs", "--follow", "--json"]) == 2
