"""Rules between parameters, which a schema can't express: valid requests are made valid.

Loaded by schemathesis itself, not by pytest.
"""

import itertools
import os
import uuid
from typing import Any

import schemathesis

_numbers = itertools.count()


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: dict[str, Any]
) -> None:
    """Change only requests that are meant to be valid. The callers' own accounts stay as they are."""
    if case.meta is None or case.meta.generation.mode != schemathesis.GenerationMode.POSITIVE:
        return
    if case.method == "PATCH" and case.path_parameters["account_id"] in os.environ["CALLERS"].split():
        case.path_parameters["account_id"] = str(uuid.uuid4())
    if case.query:
        _valid_together(case.query)
    if isinstance(case.body, dict) and not case.body.get("jira_id"):
        case.body.pop("unique", None)
    if case.headers and "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = f"{next(_numbers)}-{uuid.uuid4()}"


def _valid_together(query: dict[str, Any]) -> None:
    """No invented cursor; a range has both ends or none, and excludes a period."""
    query.pop("cursor", None)
    first, last = query.pop("from", None), query.pop("to", None)
    if first is not None and last is not None and not {"period", "date"} & query.keys():
        query["from"] = query["to"] = max(first, last)
