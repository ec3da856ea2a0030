"""A cursor is valid only for its question and for a position of that list."""

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.paging import NUMBER, BadCursor, Question

QUESTION, OTHER = Question("GET /tasks open"), Question("GET /tasks completed")
ANY = r"(?s:.+)"
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=100)


@given(TEXTS)
def test_a_cursor_is_url_safe_and_yields_its_position(position: str) -> None:
    cursor = QUESTION.cursor(position)
    assert cursor is not None
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert QUESTION.position(cursor, ANY) == position


@given(TEXTS)
def test_a_cursor_is_refused_under_another_question(position: str) -> None:
    with pytest.raises(BadCursor):
        OTHER.position(QUESTION.cursor(position), ANY)


def test_no_position_gives_no_cursor_and_the_reverse() -> None:
    assert QUESTION.cursor(None) is None
    assert QUESTION.position(None, ANY) is None


@pytest.mark.parametrize("position", [0, -1, 10**15, "9" * 700, "1.5", "", " 1", "1\n", "\u0661"])
def test_a_position_of_another_form_is_refused(position: str | int) -> None:
    with pytest.raises(BadCursor):
        QUESTION.position(QUESTION.cursor(position), NUMBER)


def test_a_number_is_accepted_as_a_position() -> None:
    assert QUESTION.position(QUESTION.cursor(10**15 - 1), NUMBER) == str(10**15 - 1)


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!!", "é", "\ud800", "AAAA", base64.urlsafe_b64encode(b"\xff" * 20).decode(), "a b", "=" * 9],
)
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        QUESTION.position(cursor, ANY)


@given(st.text(max_size=50))
def test_any_text_is_accepted_or_raises_bad_cursor(text: str) -> None:
    with contextlib.suppress(BadCursor):
        QUESTION.position(text, ANY)
