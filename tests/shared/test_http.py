"""The HTTP side of every route: callers, bodies, answers, problems."""

import base64
import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import BaseModel, Field

from shared.api import RequestModel
from shared.http import MAX_BODY_BYTES, Request, endpoint
from shared.idempotency import Answer, Remember
from shared.paging import BadCursor
from shared.problems import HttpError, Response
from shared.records import IDEMPOTENCY
from shared.spec import Http, Route, UseCase
from shared.store import ConditionFailed, Unavailable
from tests.support.fakes import FakeClock, memory_store
from tests.support.invocations import http_request

CLAIMS = {"sub": "ann", "token_use": "access", "cognito:groups": "[worker]", "client_id": "web"}


class Body(RequestModel):
    title: str = Field(min_length=1, max_length=200)
    jira_id: str | None = None


class Query(RequestModel):
    limit: int = 50


class Shown(BaseModel):
    account_id: str
    role: str
    title: str | None = None


class TaskNotFound(Exception):
    pass


class TaskTrouble(Exception):
    pass


class TaskAlreadyCompleted(TaskTrouble):
    pass


PROBLEMS: dict[type[Exception], int] = {TaskNotFound: 404, TaskTrouble: 409}


def spec(**more: Any) -> UseCase[Route]:
    given: dict[str, Any] = {
        "method": "POST",
        "path": "/tasks/{task_id}",
        "status": 201,
        "body": Body,
        **more,
    }
    trigger = Http(roles=given.pop("roles", ("worker", "admin")), answer=Shown, **given)
    return UseCase("tracking", "create_task", "Create a task", trigger)


def event(body: Any = None, claims: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    content = {"title": "Feed"} if body is None else body
    given = http_request("POST", "/tasks/task-1", body=content, parameters={"task_id": "task-1"})
    given["requestContext"]["authorizer"]["jwt"]["claims"] = CLAIMS if claims is None else claims
    return given | more


def show(request: Request[Any, Any]) -> Shown:
    title = request.body.title if request.body else None
    return Shown(account_id=request.caller.account_id, role=request.caller.role, title=title)


def call(
    given: dict[str, Any],
    run: Callable[[Request[Any, Any]], BaseModel | Answer] = show,
    use_case: UseCase[Route] | None = None,
    clock: FakeClock | None = None,
) -> Response:
    handler = endpoint(use_case or spec(), run, PROBLEMS, clock or FakeClock(), random.Random(1))
    return handler(given, None)


def problem(response: Response) -> dict[str, Any]:
    assert response["headers"]["content-type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(response["body"])
    assert document["status"] == response["statusCode"]
    assert document.keys() - {"errors"} == {"type", "title", "status", "detail"}
    return document


def raising(error: Exception) -> Callable[[Request[Any, Any]], Shown]:
    def run(_: Request[Any, Any]) -> Shown:
        raise error

    return run


def test_a_success_has_the_status_of_its_route() -> None:
    response = call(event())
    assert response["statusCode"] == 201
    assert response["headers"]["content-type"] == "application/json"
    assert json.loads(response["body"]) == {"account_id": "ann", "role": "worker", "title": "Feed"}


def test_a_handler_can_return_an_answer_of_its_own() -> None:
    response = call(event(), lambda _: Answer(202, '{"a":1}'))
    assert (response["statusCode"], response["body"]) == (202, '{"a":1}')


# Callers


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {**CLAIMS, "token_use": "id"},
        {**CLAIMS, "token_use": "Access"},
        {name: value for name, value in CLAIMS.items() if name != "token_use"},
        {**CLAIMS, "sub": ""},
        {name: value for name, value in CLAIMS.items() if name != "sub"},
    ],
    ids=["none", "id token", "other case", "no use", "empty sub", "no sub"],
)
def test_only_an_access_token_is_accepted(claims: dict[str, Any]) -> None:
    response = call(event(claims=claims))
    assert problem(response)["status"] == 401
    assert response["headers"]["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("context", [{}, {"authorizer": {}}, {"authorizer": {"jwt": {}}}])
def test_a_request_without_an_authorizer_is_401(context: dict[str, Any]) -> None:
    assert call({**event(), "requestContext": context})["statusCode"] == 401
    assert call({"body": "{}"})["statusCode"] == 401


@pytest.mark.parametrize("groups", ["[worker]", ["worker"], "worker", "[admin]"])
def test_a_caller_with_one_allowed_role_is_accepted(groups: Any) -> None:
    assert call(event(claims={**CLAIMS, "cognito:groups": groups}))["statusCode"] == 201


@pytest.mark.parametrize(
    "groups",
    [
        "[]",
        "",
        "[worker admin]",
        ["worker", "admin"],
        "[worker worker]",
        "[workers]",
        "[coworker]",
        "[not-worker]",
        "[worker,admin]",
        "[Worker]",
        "[manager]",
        "[[worker]]",
        "[worker]]",
        "[[worker]",
    ],
)
def test_any_other_groups_are_forbidden(groups: Any) -> None:
    assert problem(call(event(claims={**CLAIMS, "cognito:groups": groups})))["status"] == 403


def test_a_token_without_groups_is_forbidden() -> None:
    claims = {name: value for name, value in CLAIMS.items() if name != "cognito:groups"}
    assert call(event(claims=claims))["statusCode"] == 403


def test_the_role_is_checked_before_the_body() -> None:
    claims = {**CLAIMS, "cognito:groups": "[manager]"}
    assert call(event("not JSON", claims=claims))["statusCode"] == 403


# Bodies, queries, paths


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["title"]),
        ("", ["title"]),
        ("   ", ["title"]),
        ({"title": ""}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"title": 7}, ["title"]),
        ({"title": "Feed", "colour": "red"}, ["colour"]),
        ({"title": 1, "colour": "red"}, ["title", "colour"]),
        ([], ["body"]),
        ('"text"', ["body"]),
        ("null", ["body"]),
        ('{"title": "\\ud800"}', ["title"]),
    ],
)
def test_each_invalid_field_is_named(body: Any, fields: list[str]) -> None:
    document = problem(call(event(body)))
    assert document["status"] == 400
    assert sorted(error["field"] for error in document["errors"]) == sorted(fields)
    assert all(error.keys() - {"limit"} == {"field", "code", "message"} for error in document["errors"])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, {"code": "missing", "message": "is required"}),
        (
            {"title": "x" * 201},
            {"code": "too_long", "message": "must have at most 200 characters", "limit": 200},
        ),
        ({"title": ""}, {"code": "too_short", "message": "must have 1 or more characters", "limit": 1}),
        ({"title": 7}, {"code": "not_text", "message": "must be a text"}),
    ],
)
def test_a_field_error_has_a_code_its_limit_and_our_own_message(body: Any, error: dict[str, Any]) -> None:
    assert problem(call(event(body)))["errors"] == [{"field": "title", **error}]


@pytest.mark.parametrize(
    "body",
    ["{", "title=Feed", "[" * 60_000, "9" * 5_000, "\ud800"],
    ids=["cut", "form", "deep", "long", "surrogate"],
)
def test_a_body_that_is_not_json_is_refused(body: str) -> None:
    assert problem(call(event(body)))["status"] == 400


@pytest.mark.parametrize("encoded", [True, False])
def test_a_body_is_bounded_in_bytes(encoded: bool) -> None:
    def sized(size: int) -> Response:
        raw = b'{"title": "Feed"' + b" " * (size - 17) + b"}"
        text = base64.b64encode(raw).decode() if encoded else raw.decode()
        return call(event(text, isBase64Encoded=encoded))

    assert sized(MAX_BODY_BYTES)["statusCode"] == 201
    assert problem(sized(MAX_BODY_BYTES + 1))["status"] == 413
    assert problem(sized(10 * MAX_BODY_BYTES))["status"] == 413


def test_the_body_limit_counts_bytes_not_characters() -> None:
    body = json.dumps({"title": "x" + "я" * (MAX_BODY_BYTES // 2)}, ensure_ascii=False)
    assert problem(call(event(body)))["status"] == 413


def test_a_body_may_be_base64() -> None:
    encoded = base64.b64encode('{"title": "Покорми"}'.encode()).decode()
    assert json.loads(call(event(encoded, isBase64Encoded=True))["body"])["title"] == "Покорми"
    assert problem(call(event("%%%", isBase64Encoded=True)))["status"] == 400
    assert problem(call(event(base64.b64encode(b"\xff").decode(), isBase64Encoded=True)))["status"] == 400


def test_a_route_without_a_body_ignores_one() -> None:
    assert call(event("not JSON"), use_case=spec(body=None))["statusCode"] == 201


def test_a_query_is_validated_by_its_model() -> None:
    def run(request: Request[Any, Any]) -> Answer:
        return Answer(200, str(request.query.limit))

    use_case = spec(body=None, query=Query, method="GET")
    assert call(event(queryStringParameters={"limit": "7"}), run, use_case)["body"] == "7"
    assert call(event(), run, use_case)["body"] == "50"
    for query in ({"limit": "many"}, {"sort": "title"}):
        assert problem(call(event(queryStringParameters=query), run, use_case))["status"] == 400


@pytest.mark.parametrize("value", ["", "x" * 129, "a b", "ключ", "\x00", "a\n"])
def test_a_path_parameter_that_cannot_be_a_key_is_404(value: str) -> None:
    assert problem(call(event(pathParameters={"task_id": value})))["status"] == 404


def test_path_parameters_are_passed_on() -> None:
    response = call(event(pathParameters={"task_id": "x" * 128}), lambda r: Answer(200, r.path["task_id"]))
    assert response["body"] == "x" * 128
    assert call(event(pathParameters=None))["statusCode"] == 201


# Problems


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (TaskNotFound("no such task"), 404, "task-not-found"),
        (TaskAlreadyCompleted("it was done before"), 409, "task-already-completed"),
    ],
)
def test_an_exception_of_the_service_has_its_status(error: Exception, status: int, kind: str) -> None:
    document = problem(call(event(), raising(error)))
    assert (document["status"], document["type"]) == (status, f"urn:ates:problem:{kind}")
    assert document["detail"] == str(error)


def test_an_http_error_is_returned_unchanged() -> None:
    error = HttpError(
        422,
        "no coffee",
        kind="teapot",
        errors=({"field": "pot", "message": "is tea"},),
        headers={"x-pot": "1"},
    )
    response = call(event(), raising(error))
    assert response["headers"]["x-pot"] == "1"
    assert problem(response) == {
        "type": "urn:ates:problem:teapot",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "no coffee",
        "errors": [{"field": "pot", "message": "is tea"}],
    }


@pytest.mark.parametrize(("status", "title"), [(413, "Content Too Large"), (422, "Unprocessable Content")])
def test_titles_are_the_same_on_every_python(status: int, title: str) -> None:
    """The interpreter's own words for these changed with 3.13."""
    assert problem(call(event(), raising(HttpError(status, "no"))))["title"] == title


def test_an_unexpected_error_reveals_nothing(caplog: pytest.LogCaptureFixture) -> None:
    response = call(event(), raising(RuntimeError("table ates-prod-secrets is on fire")))
    document = problem(response)
    assert (document["status"], document["type"]) == (500, "about:blank")
    assert "fire" not in response["body"]
    assert "RuntimeError" not in response["body"]
    assert "table ates-prod-secrets is on fire" in caplog.text


@pytest.mark.parametrize("error", [Unavailable("away"), ConditionFailed([0])])
def test_a_temporary_error_is_503_with_retry_after(error: Exception) -> None:
    response = call(event(), raising(error))
    assert problem(response)["status"] == 503
    assert response["headers"]["retry-after"] == "1"


def test_a_bad_cursor_is_400() -> None:
    def run(request: Request[Any, Any]) -> Shown:
        request.question.position("!!!!", "x")
        raise AssertionError

    assert problem(call(event(), run))["errors"] == [
        {"field": "cursor", "code": "wrong_cursor", "message": "is not a cursor of this API"}
    ]
    assert call(event(), raising(BadCursor("x")))["statusCode"] == 400


# Correlation


def test_the_callers_correlation_id_is_used_and_returned() -> None:
    given = event(headers={"x-correlation-id": "mine-1:2.3_4"})
    response = call(given, lambda request: Answer(200, request.context.correlation_id))
    assert (response["body"], response["headers"]["x-correlation-id"]) == ("mine-1:2.3_4", "mine-1:2.3_4")


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "line\nbreak", "é", "a;b"])
def test_a_malformed_correlation_id_is_replaced_by_the_request_id(given: str) -> None:
    response = call(event(headers={"x-correlation-id": given}))
    assert response["headers"]["x-correlation-id"] == "gateway-1"


def test_an_error_has_the_correlation_id() -> None:
    given = event("{", headers={"x-correlation-id": "mine"})
    assert call(given)["headers"]["x-correlation-id"] == "mine"


def test_an_invocation_writes_one_log_line(caplog: pytest.LogCaptureFixture) -> None:
    call(event(headers={"x-correlation-id": "mine"}))
    (line,) = caplog.records
    logged = vars(line)
    assert (logged["correlation_id"], logged["status"], line.levelname) == ("mine", 201, "INFO")


# Idempotency-Key


def once(
    given: dict[str, Any], use_case: UseCase[Route], runs: list[str], store: Any, clock: FakeClock
) -> Response:
    def run(request: Request[Any, Any]) -> Answer:
        def command(remember: Remember[str]) -> str:
            runs.append(request.body.title)
            actions = remember(request.body.title)
            if actions:
                store.transact(actions)
            return f"{request.body.title}"

        return request.once(store, command, lambda title: Shown(account_id="-", role="-", title=title))

    return call(given, run, use_case, clock)


def test_a_request_with_a_key_is_done_once() -> None:
    store, clock, runs = memory_store([IDEMPOTENCY]), FakeClock(), list[str]()
    use_case = spec(takes_idempotency_key=True)
    keyed = {"headers": {"idempotency-key": "key-1"}}
    first = once(event({"title": "a", "jira_id": "P-1"}, **keyed), use_case, runs, store, clock)
    again = once(event('{"jira_id":"P-1",  "title":"a"}', **keyed), use_case, runs, store, clock)
    assert (first["statusCode"], again["body"]) == (201, first["body"])
    assert [each["headers"].get("idempotent-replayed") for each in (first, again)] == [None, "true"]
    assert runs == ["a"]
    other = once(event({"title": "b"}, **keyed), use_case, runs, store, clock)
    assert problem(other)["type"] == "urn:ates:problem:idempotency-key-reused"
    assert other["statusCode"] == 422
    elsewhere = event({"title": "c"}, **keyed, rawPath="/tasks/task-2")
    assert once(elsewhere, use_case, runs, store, clock)["statusCode"] == 201
    clock.advance(seconds=timedelta(days=31).total_seconds())
    assert once(event({"title": "d"}, **keyed), use_case, runs, store, clock)["statusCode"] == 201
    assert runs == ["a", "c", "d"]


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "é", "a\tb"])
def test_a_key_must_be_visible_ascii_within_its_length(key: str) -> None:
    given = event(headers={"idempotency-key": key})
    document = problem(call(given, use_case=spec(takes_idempotency_key=True)))
    assert (document["status"], document["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_a_route_without_a_key_ignores_one() -> None:
    given = event(headers={"idempotency-key": ""})
    response = call(given, lambda request: Answer(200, str(request.once.key)))
    assert response["body"] == "None"
