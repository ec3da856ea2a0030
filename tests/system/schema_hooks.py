"""What a schema of one parameter can't say, said to schemathesis: what is meant to be valid is valid.

Loaded by schemathesis itself, not by pytest.
"""

import itertools
import uuid
from typing import Any

import schemathesis

_numbers = itertools.count()


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Of requests that are wrong on purpose nothing is touched."""
    if case.meta is None or case.meta.generation.mode != schemathesis.GenerationMode.POSITIVE:
        return
    if case.query:
        _valid_together(case.query)
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{next(_numbers)}-{uuid.uuid4()}"


def _valid_together(query: dict[str, Any]) -> None:
    """A cursor is only what a page gave; both ends of a range or none, and no period beside them."""
    query.pop("cursor", None)
    first, last = query.pop("from", None), query.pop("to", None)
    if first is not None and last is not None and not {"period", "date"} & query.keys():
        query["from"] = query["to"] = max(first, last)
