"""Idempotency-Key: a repeated request gets the first answer, which the command's transaction stored."""

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.authority import Authority
from shared.frozen import Frozen
from shared.records import StoredAnswer
from shared.store import Action, Below, Put, Store

T = TypeVar("T")
Remember = Callable[[T], Sequence[Action]]
"""Turns a command's result into actions of its transaction: the record of the answer, and a check that the
caller may still do it. They come last in the transaction.
"""

KEPT_SECONDS = 30 * 24 * 3600


class KeyReused(Exception):
    """The same Idempotency-Key was used with another body."""


class Answer(Frozen):
    """A status and a JSON document; `repeated` if an earlier request got it."""

    status: int
    body: str
    repeated: bool = False


def as_answer(given: BaseModel | Answer, status: int) -> Answer:
    return given if isinstance(given, Answer) else Answer(status, given.model_dump_json())


class IdempotencyKey(Frozen):
    """A caller's key for one route; `body_hash` distinguishes requests with the same key."""

    request: str
    body_hash: str


def key_for(account_id: str, route: str, key: str, body: Any) -> IdempotencyKey:
    """`body` is the parsed JSON, so that spacing and the order of fields don't matter."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return IdempotencyKey(f"{account_id}#{route}#{key}", hashlib.sha256(canonical.encode()).hexdigest())


def forget(_: Any) -> Sequence[Action]:
    """The `Remember` of a request without a key."""
    return ()


class Once(Frozen):
    """Runs a command for a confirmed caller, only once if the request has a key."""

    status: int
    now: datetime
    key: IdempotencyKey | None = None
    authority: Authority | None = None

    def __call__(
        self, store: Store, command: Callable[[Remember[T]], T], answer: Callable[[T], BaseModel | Answer]
    ) -> Answer:
        """The first answer to the same request. Raises KeyReused, AuthorityNotConfirmed, or as the command.

        The caller is confirmed first, even before a stored answer is returned.
        """
        confirmed = self._confirm(store)
        if (stored := self._stored(store)) is not None:
            return stored

        def given(result: T) -> Answer:
            return as_answer(answer(result), self.status)

        try:
            return given(command(lambda result: (*confirmed, *self._record(given(result)))))
        except Exception:
            # The caller may have lost the right meanwhile: that fails the transaction's condition too.
            self._confirm(store)
            # The same request may have been answered meanwhile, and may have caused this error.
            if (stored := self._stored(store)) is not None:
                return stored
            raise

    def _confirm(self, store: Store) -> Sequence[Action]:
        """The check for the command's transaction; none if the token is enough."""
        return () if self.authority is None else self.authority.confirm(store)

    def _record(self, answer: Answer) -> Sequence[Action]:
        if self.key is None:
            return ()
        now, key = int(self.now.timestamp()), self.key
        row = StoredAnswer(key.request, key.body_hash, answer.status, answer.body, now + KEPT_SECONDS)
        return (Put(row, expected={"expires_at": Below(now)}),)

    def _stored(self, store: Store) -> Answer | None:
        row = None if self.key is None else store.get(StoredAnswer, request=self.key.request)
        if self.key is None or row is None or row.expires_at < int(self.now.timestamp()):
            return None
        if row.body_hash != self.key.body_hash:
            raise KeyReused
        return Answer(row.status, row.answer, repeated=True)
