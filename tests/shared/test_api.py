"""Pages and cursors."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.api import BadCursor, PageQuery, decode_cursor, encode_cursor

PRINTABLE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=100)


@given(st.integers(-(2**53), 2**53) | PRINTABLE)
def test_a_cursor_is_opaque_safe_in_a_query_and_leads_back(position: str | int) -> None:
    cursor = encode_cursor(position)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert decode_cursor(cursor) == position


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "é",
        encoded("not JSON"),
        encoded("null"),
        encoded("true"),
        encoded("1.5"),
        encoded('["a"]'),
        encoded('{"a": 1}'),
        encoded('""'),
        encoded("9" * 40),
        encoded(str(2**53 + 1)),
        encoded(json.dumps("\ud800")),
        encoded(json.dumps("a\u0000b")),
        encoded("[" * 5_000),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(cursor)


@given(st.text(max_size=50))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with contextlib.suppress(BadCursor):
        assert isinstance(decode_cursor(text), str | int)


@pytest.mark.parametrize(
    ("limit", "fits"), [("0", False), ("1", True), ("200", True), ("201", False), ("x", False)]
)
def test_a_limit_is_between_1_and_200(limit: str, fits: bool) -> None:
    if fits:
        assert PageQuery.model_validate({"limit": limit}).limit == int(limit)
    else:
        with pytest.raises(ValidationError):
            PageQuery.model_validate({"limit": limit})
    assert PageQuery().limit == 50


def test_an_endless_cursor_is_refused() -> None:
    with pytest.raises(ValidationError):
        PageQuery(cursor="x" * 1025)
