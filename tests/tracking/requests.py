"""Calls to tracking's handlers, and the environment that the stack sets."""

from types import ModuleType
from typing import Any

from shared.memory_store import MemoryStore
from shared.settings import NEWEST
from tests.support.invocations import answered, batch, environment, http_request

ENVIRONMENT = environment(
    "tracking",
    QUEUE_URL_SHUFFLE_COUNTS="https://queue.test/shuffle-counts",
    QUEUE_URL_SHUFFLE_CHUNKS="https://queue.test/shuffle-chunks",
    ROW_FORM=NEWEST,
)


def call(
    module: ModuleType,
    *,
    caller: str = "ann",
    role: str = "worker",
    body: Any = None,
    query: dict[str, str] | None = None,
    path: dict[str, str] | None = None,
    key: str | None = None,
) -> tuple[int, dict[str, Any]]:
    """Return the status and body."""
    event = http_request(
        path="/".join(["", module.__name__, *(path or {}).values()]),
        account_id=caller,
        groups=f"[{role}]",
        body=body,
        query=query,
        parameters=path,
        headers={"idempotency-key": key} if key else None,
    )
    return answered(module.handler(event, None))


def consume(module: ModuleType, *messages: dict[str, Any]) -> list[str]:
    """Return the ids of the failed messages."""
    response = module.handler(batch(*messages), None)
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def use(monkeypatch: Any, module: ModuleType, store: MemoryStore) -> None:
    monkeypatch.setattr(module, "store", lambda tables: store)
