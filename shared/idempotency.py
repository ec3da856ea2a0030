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
"""From a command's result to the actions that its transaction adds: the record of the answer, and a check
that the caller may still do it. They come last in a transaction.
"""
Confirm = Callable[[], Sequence[Action]]
"""Reads whether the caller may do it, raises if not, and returns the check that the write repeats."""

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


def anybody() -> Sequence[Action]:
    """The `Confirm` of a command for which the token is enough."""
    return ()


def answer_once(
    store: Store,
    key: IdempotencyKey | None,
    now: datetime,
    command: Callable[[Remember[T]], T],
    answer: Callable[[T], Answer],
    confirm: Confirm = anybody,
) -> Answer:
    """Run a command, or give the first answer of the same request again; raises KeyReused.

    The caller is confirmed before anything else is looked at, a stored answer too.
    """
    confirmed, seconds = confirm(), int(now.timestamp())
    if (stored := _stored(store, key, seconds)) is not None:
        return stored

    def remember(result: T) -> Sequence[Action]:
        return (*confirmed, *([] if key is None else [_record(key, answer(result), seconds)]))

    try:
        return answer(command(remember))
    except Exception:
        # The caller may have lost the right while this ran, which refuses the write like any condition.
        confirm()
        # The same request may have been answered while this one ran, and have changed what this one met.
        if (stored := _stored(store, key, seconds)) is not None:
            return stored
        raise


def _record(key: IdempotencyKey, given: Answer, now_seconds: int) -> Action:
    row = StoredAnswer(key.request, key.body_hash, given.status, given.body, now_seconds + KEPT_SECONDS)
    return Put(row, expected={"expires_at": Below(now_seconds)})


def _stored(store: Store, key: IdempotencyKey | None, now_seconds: int) -> Answer | None:
    row = None if key is None else store.get(StoredAnswer, request=key.request)
    if key is None or row is None or row.expires_at < now_seconds:
        return None
    if row.body_hash != key.body_hash:
        raise KeyReused
    return Answer(row.status, row.answer)
