"""Parts of every HTTP API: money, people, pages and cursors."""

import base64
import json
from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from shared.money import CURRENCY

T = TypeVar("T")

Problems = Mapping[type[Exception], int]
"""From a service's exceptions to HTTP statuses."""

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_POSITION = 2**53


class RequestModel(BaseModel):
    """What a caller sends; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerModel(BaseModel):
    """What a caller gets."""

    model_config = ConfigDict(frozen=True)


class MoneyAnswer(AnswerModel):
    """`amount` in cents, negative for a debt."""

    amount: Annotated[int, Field(strict=True)]
    currency: str = CURRENCY


class AccountAnswer(AnswerModel):
    account_id: str
    name: str


class PageQuery(RequestModel):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class Page(AnswerModel, Generic[T]):
    items: list[T]
    next_cursor: str | None


class BadCursor(Exception):
    """A cursor that this API didn't hand out."""


def encode_cursor(position: str | int) -> str:
    """An opaque text for the sort key of the last row that was examined."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> str | int:
    """Raises BadCursor."""
    try:
        position = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise BadCursor("this cursor is not one of ours") from error
    if not _is_position(position):
        raise BadCursor("this cursor is not one of ours")
    return position  # type: ignore[no-any-return]


def _is_position(position: Any) -> bool:
    """Something that a table takes as a key: an id, or a number of a natural size."""
    if isinstance(position, str):
        return bool(position) and position.isprintable()
    return type(position) is int and abs(position) <= MAX_POSITION
