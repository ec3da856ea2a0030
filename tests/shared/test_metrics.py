"""Metrics: what a function counted is one line of its log, with service and stage, and nothing personal."""

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest

from shared.api import RequestModel
from shared.context import Context
from shared.http import Request, endpoint
from shared.idempotency import Answer
from shared.messages import NONE_FAILED, Failed, Received
from shared.queue import consumer, read_job
from shared.settings import settings
from shared.spec import Http, Jobs, Route, UseCase
from shared.telemetry import write_figures
from tests.support.fakes import FakeClock, context
from tests.support.invocations import LambdaContext, batch, environment, http_request, job_message

ROUTE: UseCase[Route] = UseCase(
    "tracking", "test", "Test", Http("GET", "/", ("worker",), answer=RequestModel)
)


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    for name, value in environment("tracking").items():
        monkeypatch.setenv(name, value)


def emitted(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if "_aws" in line]


def test_a_line_has_service_stage_and_each_metric_with_its_unit(capsys: pytest.CaptureFixture[str]) -> None:
    work = context()
    work.within("other", "event-1").count("EntriesPosted", 2)
    work.count("EntriesPosted", 3)
    work.measure("EventToEntryLag", 1250)
    write_figures(work.figures)
    (line,) = emitted(capsys)
    (described,) = line.pop("_aws")["CloudWatchMetrics"]
    assert described == {
        "Namespace": "aTES",
        "Dimensions": [["stage", "service"]],
        "Metrics": [
            {"Name": "EntriesPosted", "Unit": "Count"},
            {"Name": "EventToEntryLag", "Unit": "Milliseconds"},
        ],
    }
    assert line == {
        "stage": "test",
        "service": "tracking",
        "EntriesPosted": [2.0, 3.0],
        "EventToEntryLag": [1250.0],
    }


def test_many_values_are_spread_over_lines(capsys: pytest.CaptureFixture[str]) -> None:
    work = context()
    for number in range(250):
        work.measure("EventToEntryLag", number)
    write_figures(work.figures)
    lines = emitted(capsys)
    assert [value for line in lines for value in line["EventToEntryLag"]] == list(range(250))
    assert all((line["stage"], line["service"]) == ("test", "tracking") for line in lines)


def count_one(request: Request[None, None]) -> Answer:
    request.context.count("TasksCreated")
    return Answer(200, "{}")


def test_a_route_writes_what_its_request_counted(capsys: pytest.CaptureFixture[str]) -> None:
    handler = endpoint(ROUTE, count_one, {}, FakeClock())
    for _ in range(2):
        assert handler(http_request(), None)["statusCode"] == 200
    assert [line["TasksCreated"] for line in emitted(capsys)] == [[1.0], [1.0]]


def test_a_consumer_writes_what_its_batch_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def handle(messages: Sequence[Received[str]], work: Context) -> Failed:
        for message in messages:
            work.within(message.correlation_id).count("MailsSent")
        return NONE_FAILED

    spec = UseCase("notifications", "test", "Test", Jobs("tests"))
    handler = consumer(spec, read_job(str), handle, FakeClock())
    handler(batch(job_message("a", 1), job_message("b", 2)), LambdaContext())
    (line,) = emitted(capsys)
    assert line["MailsSent"] == [1.0, 1.0]


def test_a_metric_that_cannot_be_written_fails_no_request(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("ATES_STAGE")
    handler = endpoint(ROUTE, count_one, {}, FakeClock())
    assert handler(http_request(), None)["statusCode"] == 200
    assert "metrics were not written" in caplog.messages


COUNT_NOTHING = """
import sys
import shared.http, shared.queue
from shared.telemetry import write_figures
write_figures([])
print(sorted(name for name in sys.modules if name == "shared.metrics"))
"""


def test_who_counts_nothing_does_not_load_what_writes_metrics() -> None:
    command = [sys.executable, "-c", COUNT_NOTHING]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "[]\n"
