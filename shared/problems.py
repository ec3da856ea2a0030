"""The errors of every HTTP API, as problem details (RFC 9457)."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from shared.api import Problems
from shared.authority import AuthorityNotConfirmed
from shared.idempotency import KeyReused
from shared.paging import BadCursor
from shared.store import ConditionFailed, Unavailable
from shared.telemetry import logger

TITLES: Mapping[int, str] = {
    200: "OK",
    201: "Created",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
"""Every status of the APIs in the words of RFC 9110; Python's own words differ by version."""

PROBLEM_URN = "urn:ates:problem:"
KEY_REUSED = "idempotency-key-reused"
REPLICA_SECONDS = "2"
"""Retry-After for a caller whose replica may just be behind."""

_FIELD_ERRORS: Mapping[str, tuple[str, str]] = {
    "missing": ("missing", "is required"),
    "extra_forbidden": ("unknown_field", "is not known here"),
    "string_type": ("not_text", "must be a text"),
    "string_unicode": ("unpaired_surrogate", "holds half of a character (an unpaired surrogate)"),
    "string_too_short": ("too_short", "must have {limit} or more characters"),
    "string_too_long": ("too_long", "must have at most {limit} characters"),
    "string_pattern_mismatch": ("wrong_form", "must match {limit}"),
    "literal_error": ("not_allowed", "must be {limit}"),
    "bool_type": ("not_boolean", "must be true or false"),
    "bool_parsing": ("not_boolean", "must be true or false"),
    "int_type": ("not_integer", "must be a whole number"),
    "int_parsing": ("not_integer", "must be a whole number"),
    "int_parsing_size": ("not_integer", "must be a whole number of a usual size"),
    "int_from_float": ("not_integer", "must be a whole number"),
    "greater_than_equal": ("too_small", "must be at least {limit}"),
    "less_than_equal": ("too_large", "must be at most {limit}"),
    "model_type": ("not_object", "must be a JSON object"),
    "model_attributes_type": ("not_object", "must be a JSON object"),
}
"""Our code and message by pydantic's error type; its own messages change by version."""

_LIMITS = ("min_length", "max_length", "pattern", "expected", "ge", "le")

FieldError = Mapping[str, str | int]
"""`field`, a stable `code`, an English `message`, and the `limit` if there is one."""

Response = dict[str, Any]


class HttpError(Exception):
    """An error response; `errors` names the fields at fault, `members` are further ones of the problem."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str = "",
        errors: tuple[FieldError, ...] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind
        self.errors = errors
        self.headers = dict(headers or {})
        self.members = dict(members or {})


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """What is wrong with each field of a request."""
    found = error.errors(include_url=False, include_input=False)
    return tuple(_field_error(one["type"], one["loc"], one["msg"], one.get("ctx", {})) for one in found)


def _field_error(
    kind: str, place: tuple[int | str, ...], message: str, limits: Mapping[str, Any]
) -> FieldError:
    """In our words if the kind is known; our own validators bring their message."""
    field = ".".join(map(str, place)) or "body"
    if kind == "value_error":
        return {"field": field, "code": "not_valid", "message": str(limits["error"])}
    if kind not in _FIELD_ERRORS:
        return {"field": field, "code": kind, "message": message}
    code, words = _FIELD_ERRORS[kind]
    limit = next((limits[name] for name in _LIMITS if name in limits), None)
    found = {"field": field, "code": code, "message": words.format(limit=limit)}
    return found if limit is None else {**found, "limit": limit}


def problem_response(error: Exception, problems: Problems) -> Response:
    """The answer to an error; one that is not expected is logged and answered with 500."""
    known = _as_http_error(error, problems)
    body: dict[str, Any] = {
        "type": PROBLEM_URN + known.kind if known.kind else "about:blank",
        "title": TITLES[known.status],
        "status": known.status,
        "detail": known.detail,
        **known.members,
    }
    if known.errors:
        body["errors"] = list(known.errors)
    headers = {"content-type": "application/problem+json", **known.headers}
    return {"statusCode": known.status, "headers": headers, "body": json.dumps(body)}


def _as_http_error(error: Exception, problems: Problems) -> HttpError:
    if isinstance(error, HttpError):
        return error
    if isinstance(error, BadCursor):
        wrong = {"field": "cursor", "code": "wrong_cursor", "message": str(error)}
        return HttpError(400, "the request is not valid", errors=(wrong,))
    if isinstance(error, AuthorityNotConfirmed):
        wait = {"retry-after": REPLICA_SECONDS}
        return HttpError(403, str(error), kind=_kebab(type(error).__name__), headers=wait)
    if isinstance(error, KeyReused):
        return HttpError(422, "this Idempotency-Key was used with another body", kind=KEY_REUSED)
    if isinstance(error, Unavailable | ConditionFailed):
        logger().warning("unavailable", exc_info=error)
        return HttpError(503, "please try again", headers={"retry-after": "1"})
    for kind in type(error).__mro__:
        if kind in problems:
            name = _kebab(type(error).__name__)
            return HttpError(
                problems[kind],
                str(error),
                kind=name,
                errors=_named_field(error, name),
                members=getattr(error, "members", None),
            )
    logger().exception("unexpected error", exc_info=error)
    return HttpError(500, "an unexpected error occurred")


def _named_field(error: Exception, name: str) -> tuple[FieldError, ...]:
    """The field error of an exception that names the request's field at fault as its `field`."""
    field = getattr(error, "field", None)
    return () if field is None else ({"field": field, "code": name.replace("-", "_"), "message": str(error)},)


def problem_type(exception: type[Exception]) -> str:
    """The problem `type` of a service's exception."""
    return PROBLEM_URN + _kebab(exception.__name__)


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower()
