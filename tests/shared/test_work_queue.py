"""Jobs from one use case to another."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.clients import client
from shared.messages import NotSent
from shared.queue import read_job
from shared.work_queue import MAX_TRIES, SqsWorkQueue, depth


@pytest.fixture
def url() -> Iterator[str]:
    client.cache_clear()
    with mock_aws():
        yield boto3.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    client.cache_clear()


def bodies(url: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found


def test_every_job_is_in_the_queue_with_the_correlation_id(url: str) -> None:
    SqsWorkQueue(url).send([{"n": n} for n in range(23)], "request-1")
    assert depth(url) == 23
    found = bodies(url)
    assert sorted(each["job"]["n"] for each in found) == list(range(23))
    assert {each["correlation_id"] for each in found} == {"request-1"}


def test_the_depth_includes_messages_in_flight(url: str) -> None:
    SqsWorkQueue(url).send([{"n": 1}, {"n": 2}], "request-1")
    boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=1)
    assert depth(url) == 2


def test_without_jobs_the_queue_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.work_queue.client", lambda _name: None)
    SqsWorkQueue("https://queues.example/jobs").send([], "request-1")


@dataclass
class BusyQueue:
    """SendMessageBatch as SQS answers it when it is busy: 200, and some entries failed."""

    refusals: dict[str, int]
    calls: list[list[str]] = field(default_factory=list)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append([entry["MessageBody"] for entry in Entries])
        answer: dict[str, Any] = {}
        for entry in Entries:
            left = self.refusals.get(entry["MessageBody"], 0)
            self.refusals[entry["MessageBody"]] = left - 1
            answer.setdefault("Failed" if left > 0 else "Successful", []).append({"Id": entry["Id"]})
        return answer


def body(n: int) -> str:
    return json.dumps({"correlation_id": "request-1", "job": {"n": n}})


def busy(monkeypatch: pytest.MonkeyPatch, **refusals: int) -> BusyQueue:
    queue = BusyQueue({body(int(n[1:])): count for n, count in refusals.items()})
    monkeypatch.setattr("shared.work_queue.client", lambda _name: queue)
    return queue


def test_only_refused_jobs_are_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = busy(monkeypatch, n1=1, n2=MAX_TRIES - 1)
    SqsWorkQueue("url").send([{"n": n} for n in range(4)], "request-1")
    assert queue.calls == [[body(n) for n in range(4)], [body(1), body(2)], [body(2)]]


def test_jobs_that_are_always_refused_raise_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = busy(monkeypatch, n0=99, n3=99)
    with pytest.raises(NotSent, match="2 jobs"):
        SqsWorkQueue("url").send([{"n": n} for n in range(4)], "request-1")
    assert len(queue.calls) == MAX_TRIES


def test_a_sent_job_is_read_unchanged(url: str) -> None:
    SqsWorkQueue(url).send([{"task_ids": ["ключ"]}], "request-1")
    (message,) = boto3.client("sqs").receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    record = {"messageId": message["MessageId"], "body": message["Body"], "attributes": message["Attributes"]}
    job = read_job(lambda each: each["task_ids"])(record)
    assert (job.payload, job.correlation_id) == (["ключ"], "request-1")
