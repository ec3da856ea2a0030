"""Idempotency-Key: the first answer again, from a record that the command's own transaction wrote."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from shared.records import StoredAnswer
from shared.store import Action, Below, Put, Store

T = TypeVar("T")
Remember = Callable[[T], Sequence[Action]]
"""From a command's result to the actions that its transaction adds to remember the answer."""

KEPT_SECONDS = 30 * 24 * 3600


class KeyReused(Exception):
    """The same Idempotency-Key came with another body."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a JSON document."""

    status: int
    body: str


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key for one route; `body_hash` tells the same request from another."""

    request: str
    body_hash: str


def key_for(account_id: str, route: str, key: str, body: Any) -> IdempotencyKey:
    """`body` is the parsed JSON, so that spacing and the order of fields don't matter."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return IdempotencyKey(f"{account_id}#{route}#{key}", hashlib.sha256(canonical.encode()).hexdigest())


def forget(_: Any) -> Sequence[Action]:
    """The `Remember` of a request without a key."""
    return ()


def answer_once(
    store: Store,
    key: IdempotencyKey | None,
    now: datetime,
    command: Callable[[Remember[T]], T],
    answer: Callable[[T], Answer],
) -> Answer:
    """Run a command, or give the first answer of the same request again; raises KeyReused."""
    if key is None:
        return answer(command(forget))
    seconds = int(now.timestamp())
    if (stored := _stored(store, key, seconds)) is not None:
        return stored

    def remember(result: T) -> Sequence[Action]:
        given = answer(result)
        row = StoredAnswer(key.request, key.body_hash, given.status, given.body, seconds + KEPT_SECONDS)
        return (Put(row, expected={"expires_at": Below(seconds)}),)

    try:
        return answer(command(remember))
    except Exception:
        # The same request may have been answered while this one ran, and have changed what this one met.
        if (stored := _stored(store, key, seconds)) is not None:
            return stored
        raise


def _stored(store: Store, key: IdempotencyKey, now_seconds: int) -> Answer | None:
    row = store.get(StoredAnswer, request=key.request)
    if row is None or row.expires_at < now_seconds:
        return None
    if row.body_hash != key.body_hash:
        raise KeyReused
    return Answer(row.status, row.answer)
