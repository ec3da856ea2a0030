"""The cursors of every list: a cursor works only for its question, and a forged one breaks nothing."""

import base64
import importlib
import json
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.discovery import discover
from infra.documents import openapi
from shared.api import PageQuery
from shared.paging import Question
from shared.settings import settings as environment_settings
from shared.spec import Route, UseCase
from tests.support.fakes import memory_store
from tests.support.invocations import http_request
from tests.tracking.requests import ENVIRONMENT

LISTS: list[tuple[UseCase, Route]] = [
    (spec, trigger)
    for service in discover()
    for spec, trigger in openapi.routes(service)
    if trigger.query is not None and issubclass(trigger.query, PageQuery)
]
each_list = pytest.mark.parametrize(
    ("spec", "trigger"), LISTS, ids=[f"{spec.service}.{spec.name}" for spec, _ in LISTS]
)
ID = "01234567-89ab-7def-8123-456789abcdef"
ANN, BOB = ID, ID[::-1]
POSITIONS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=60),
    st.from_regex(r"(jira_id:)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", fullmatch=True),
    st.from_regex(r"[0-9]{1,40}(#.{0,20})?", fullmatch=True),
    st.just("9" * 700 + "#a"),
)


@pytest.fixture(autouse=True, scope="module")
def _environment() -> Iterator[None]:
    with patch.dict(os.environ, ENVIRONMENT):
        environment_settings.cache_clear()
        yield
    environment_settings.cache_clear()


def ask(spec: UseCase, trigger: Route, caller: str = ANN, **query: str) -> dict[str, Any]:
    """The real handler's answer on empty tables."""
    module = importlib.import_module(f"functions.{spec.service}.{spec.name}.handler")
    tables = importlib.import_module(f"functions.{spec.service}.rows").TABLES
    event = http_request(
        path=trigger.path,
        account_id=caller,
        groups=f"[{trigger.roles[-1]}]",
        parameters={"task_id": ID, "account_id": ID, "shuffle_id": ID, "day": "2026-11-22"},
        query=query,
    )
    with patch.object(module, "store", lambda _: memory_store(tables)):
        response: dict[str, Any] = module.handler(event, None)
    return response


def assert_refused(response: dict[str, Any]) -> None:
    assert response["statusCode"] == 400
    assert [each["field"] for each in json.loads(response["body"])["errors"]] == ["cursor"]


@each_list
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(min_size=1, max_size=60))
def test_arbitrary_text_is_refused_as_a_cursor(spec: UseCase, trigger: Route, cursor: str) -> None:
    assert_refused(ask(spec, trigger, cursor=cursor))


@each_list
@settings(max_examples=100)
@given(position=POSITIONS)
def test_a_forged_position_causes_no_server_error(spec: UseCase, trigger: Route, position: str) -> None:
    """With the digest of the right question, which a caller could compute."""
    with patch.object(Question, "_digest", lambda _: b"123456789"):
        cursor = base64.urlsafe_b64encode(b"123456789" + position.encode()).decode().rstrip("=")
        response = ask(spec, trigger, cursor=cursor)
    assert response["statusCode"] in (200, 400, 404), response
    if response["statusCode"] == 400:
        assert_refused(response)


@each_list
def test_a_cursor_is_refused_for_another_question(spec: UseCase, trigger: Route) -> None:
    """Another caller, other filters, another list."""
    texts: list[str] = []
    position = Question.position

    def noted(self: Question, cursor: str | None, form: str) -> str | None:
        texts.append(self.text)
        return position(self, cursor, form)

    filters = {"q": "x", "status": "open", "day": "2026-11-22", "role": "worker"}
    with patch.object(Question, "position", noted):
        ask(spec, trigger)
        ask(spec, trigger, limit="7")
        ask(spec, trigger, caller=BOB)
        for name in trigger.query.model_fields.keys() & filters.keys() if trigger.query else ():
            value = "active" if (spec.service, name) == ("auth", "status") else filters[name]
            ask(spec, trigger, **{name: value})
        for other, its in LISTS:
            if other is not spec:
                ask(other, its)
    first, resized, *others = texts
    assert first == resized
    assert first not in others
    assert len(set(others)) == len(others)
