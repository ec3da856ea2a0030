"""Work queues, by which a use case sends jobs to another one of its service."""

import json
from collections.abc import Sequence
from typing import Any

from shared.clients import client
from shared.messages import NotSent, WorkQueue
from shared.store import chunks

__all__ = ["NotSent", "SqsWorkQueue", "WorkQueue", "depth"]

MAX_BATCH = 10
MAX_TRIES = 3


class SqsWorkQueue:
    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, jobs: Sequence[dict[str, Any]], correlation_id: str) -> None:
        bodies = [json.dumps({"correlation_id": correlation_id, "job": job}) for job in jobs]
        for group in chunks(bodies, MAX_BATCH):
            self._send_group(group)

    def _send_group(self, bodies: Sequence[str]) -> None:
        pending = dict(enumerate(bodies))
        for _ in range(MAX_TRIES):
            entries = [{"Id": str(position), "MessageBody": body} for position, body in pending.items()]
            answer = client("sqs").send_message_batch(QueueUrl=self._url, Entries=entries)
            for sent in answer.get("Successful", ()):
                del pending[int(sent["Id"])]
            if not pending:
                return
        raise NotSent(f"{len(pending)} jobs were refused {MAX_TRIES} times")


def depth(url: str) -> int:
    """About how many messages a queue holds: waiting, delayed and in flight."""
    names = (
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesDelayed",
        "ApproximateNumberOfMessagesNotVisible",
    )
    attributes = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names))["Attributes"]
    return sum(int(attributes.get(name, 0)) for name in names)
