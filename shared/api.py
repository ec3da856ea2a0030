"""Models that the HTTP APIs share: money, accounts, texts and pages."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from shared.frozen import Frozen
from shared.money import CURRENCY
from shared.text import TextRefused, line_pattern, one_line, prose, prose_pattern

T = TypeVar("T")

Problems = Mapping[type[Exception], int]
"""HTTP statuses by the service's exceptions."""

DEFAULT_LIMIT = 50
MAX_LIMIT = 200


class RequestModel(BaseModel):
    """A request's query or body; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class AnswerModel(BaseModel):
    """The body of a response."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Typed(Frozen):
    """Marks a text that people type; its length limits apply to the stored text, in characters."""

    take: Callable[[str], str]
    pattern: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(self._kept, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "pattern": self.pattern}

    def _kept(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return self.take(value)
        except TextRefused as refusal:
            raise PydanticCustomError(refusal.code, "{reason}", {"reason": str(refusal)}) from None


LINE = Typed(one_line, line_pattern())
PROSE = Typed(prose, prose_pattern())
Search = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
"""The text by which a list is searched."""


class MoneyAnswer(AnswerModel):
    """`amount` in cents, negative for a debt."""

    amount: Annotated[int, Field(strict=True)]
    currency: str = CURRENCY


class AccountAnswer(AnswerModel):
    account_id: str
    name: str


class PageQuery(RequestModel):
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
    cursor: (
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=1024,
                description="The `next_cursor` of the page before, for the same caller and filters.",
                json_schema_extra={"pattern": "^[A-Za-z0-9_-]+$"},
            ),
        ]
        | None
    ) = None


class Page(AnswerModel, Generic[T]):
    items: list[T]
    next_cursor: str | None
