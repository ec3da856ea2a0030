"""The HTTP side of every use case: its caller, request and answer."""

import base64
import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any, Generic

from pydantic import BaseModel, ValidationError
from typing_extensions import TypeVar

from shared.api import Page, PageQuery, Problems
from shared.authority import Authority
from shared.clock import Clock, system_clock
from shared.context import Context
from shared.frozen import Frozen
from shared.idempotency import Answer, IdempotencyKey, Once, as_answer, key_for
from shared.paging import Question
from shared.problems import HttpError, Response, field_errors, problem_response
from shared.settings import journal_form
from shared.spec import Http, Route, UseCase
from shared.telemetry import invocation_log, write_figures

MAX_BODY_BYTES = 262_144
"""More than the longest texts take: a character may come as four code points, each escaped as \\uXXXX."""
_CORRELATION_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
KEY_PATTERN = r"^[!-~]{1,255}$"
REPEATED = "idempotent-replayed"
"""The header of an answer that an earlier request with the same Idempotency-Key got first."""
_KEY_FORM = "must be 1 to 255 visible ASCII characters"
PATH_PARAMETER_PATTERN = r"^[!-~]{1,128}$"
A = TypeVar("A", bound=BaseModel)
Item = TypeVar("Item")
Q = TypeVar("Q", default=None, covariant=True)
B = TypeVar("B", default=None, covariant=True)


class Caller(Frozen):
    """The caller, from the verified claims of the access token only."""

    account_id: str
    role: str


class Request(Frozen, Generic[Q, B]):
    """A request that is allowed and well formed; `body` and `query` are of the spec's models.

    `over_others` is set if the token's role may also do this to what belongs to others.
    """

    caller: Caller
    path: Mapping[str, str]
    query: Q
    body: B
    context: Context
    once: Once
    question: Question
    over_others: Authority | None = None

    def after(self: "Request[PageQuery, object]", form: str) -> str | None:
        """The position at which the previous page ended; raises BadCursor if it doesn't match `form`."""
        return self.question.position(self.query.cursor, form)

    # The quotes keep every function from building pydantic's model of a page.
    def page(self, items: list[Item], next_position: str | int | None = None) -> "Page[Item]":
        """The answer of a list; `next_position` is None on the last page."""
        return Page(items=items, next_cursor=self.question.cursor(next_position))


def endpoint(
    spec: UseCase[Http[A, Q, B]],
    run: Callable[[Request[Q, B]], A | Answer],
    problems: Problems,
    clock: Clock = system_clock,
    randomness: random.Random | None = None,
) -> Callable[[dict[str, Any], Any], Response]:
    """The Lambda handler of a use case with a route."""
    drawn_from = randomness or random.SystemRandom()

    def handler(event: dict[str, Any], _lambda_context: Any) -> Response:
        correlation_id = _correlation_id(event)
        context = Context(clock, drawn_from, correlation_id, form=journal_form())
        try:
            response = _success(as_answer(run(_request(spec, event, context)), spec.trigger.status))
        except Exception as error:
            response = problem_response(error, problems)
        invocation_log(correlation_id, "answered", status=response["statusCode"])
        write_figures(context.figures)
        response["headers"]["x-correlation-id"] = correlation_id
        return response

    return handler


def _request(spec: UseCase[Route], event: dict[str, Any], context: Context) -> Request[Any, Any]:
    trigger = spec.trigger
    caller = _caller(event, trigger.roles)
    document = _document(event) if trigger.body is not None else None
    path = _path(event)
    query = _parsed(trigger.query, event.get("queryStringParameters") or {})
    return Request(
        caller=caller,
        path=path,
        query=query,
        body=_parsed(trigger.body, document),
        context=context,
        once=Once(
            status=trigger.status,
            now=context.now(),
            key=_idempotency_key(event, caller, trigger, document),
            authority=None if trigger.over_others else _authority(caller, trigger, trigger.roles),
        ),
        question=_question(spec, caller, path, query),
        over_others=_authority(caller, trigger, trigger.over_others),
    )


def _question(spec: UseCase, caller: Caller, path: Mapping[str, str], query: BaseModel | None) -> Question:
    """All that decides what a list contains; the size of its pages doesn't."""
    filters = {} if query is None else query.model_dump(mode="json", exclude={"cursor", "limit"})
    asked = [spec.service, spec.name, dict(path), filters, caller.account_id]
    return Question(json.dumps(asked, sort_keys=True))


def _authority(caller: Caller, trigger: Route, roles: tuple[str, ...]) -> Authority | None:
    if trigger.confirmed_by is None or caller.role not in roles:
        return None
    return Authority(trigger.confirmed_by, caller.account_id, roles)


def _caller(event: dict[str, Any], roles: tuple[str, ...]) -> Caller:
    """The gateway has verified signature, issuer, client and expiry; it accepts id tokens, this doesn't."""
    claims = event.get("requestContext", {}).get("authorizer", {}).get("jwt", {}).get("claims", {})
    if claims.get("token_use") != "access" or not claims.get("sub"):
        raise HttpError(401, "an access token is needed", headers={"www-authenticate": "Bearer"})
    groups = _groups(claims.get("cognito:groups", ""))
    if len(groups) != 1 or groups[0] not in roles:
        raise HttpError(403, "this role may not do that")
    return Caller(account_id=claims["sub"], role=groups[0])


def _groups(claim: str | list[str]) -> list[str]:
    """The gateway turns a claim's array into the text `[a b]`; a group's own name may hold brackets too."""
    if isinstance(claim, list):
        return claim
    return claim.removeprefix("[").removesuffix("]").split()


def _path(event: dict[str, Any]) -> Mapping[str, str]:
    """The path's parameters; raises HttpError (404) if one can't be a table's key."""
    parameters: Mapping[str, str] = event.get("pathParameters") or {}
    if not all(_matches(PATH_PARAMETER_PATTERN, value) for value in parameters.values()):
        raise HttpError(404, "there is no such resource")
    return parameters


def _matches(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def _document(event: dict[str, Any]) -> Any:
    """The JSON body, or {} if there is none; raises HttpError if it is too large or not JSON."""
    text = event.get("body") or ""
    if len(text) > MAX_BODY_BYTES * 2:
        raise HttpError(413, f"a body has at most {MAX_BODY_BYTES} bytes")
    try:
        raw = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
        if len(raw) > MAX_BODY_BYTES:
            raise HttpError(413, f"a body has at most {MAX_BODY_BYTES} bytes")
        return json.loads(raw) if raw.strip() else {}
    except (ValueError, RecursionError) as error:
        raise HttpError(400, "the body is not JSON") from error


def _parsed(model: type[BaseModel] | None, document: Any) -> Any:
    if model is None:
        return None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise HttpError(400, "the request is not valid", errors=field_errors(error)) from error


def _idempotency_key(
    event: dict[str, Any], caller: Caller, trigger: Route, document: Any
) -> IdempotencyKey | None:
    key = (event.get("headers") or {}).get("idempotency-key")
    if key is None or not trigger.takes_idempotency_key:
        return None
    if not _matches(KEY_PATTERN, key):
        problem = {"field": "Idempotency-Key", "code": "wrong_form", "message": _KEY_FORM}
        raise HttpError(400, "the request is not valid", errors=(problem,))
    path = event.get("rawPath") or trigger.path
    return key_for(caller.account_id, f"{trigger.method} {path}", key, document)


def _correlation_id(event: dict[str, Any]) -> str:
    given = (event.get("headers") or {}).get("x-correlation-id", "")
    if _CORRELATION_ID.fullmatch(given):
        return str(given)
    return str(event.get("requestContext", {}).get("requestId", "unknown"))


def _success(answer: Answer) -> Response:
    headers = {"content-type": "application/json", **({REPEATED: "true"} if answer.repeated else {})}
    return {"statusCode": answer.status, "headers": headers, "body": answer.body}
