"""Cursors belong to their question, and lead to nothing that a list doesn't have."""

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
def test_a_cursor_is_opaque_safe_in_a_query_and_leads_back(position: str) -> None:
    cursor = QUESTION.cursor(position)
    assert cursor is not None
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert QUESTION.position(cursor, ANY) == position


@given(TEXTS)
def test_a_cursor_is_refused_under_another_question(position: str) -> None:
    with pytest.raises(BadCursor):
        OTHER.position(QUESTION.cursor(position), ANY)


def test_without_a_page_before_or_after_there_is_no_cursor() -> None:
    assert QUESTION.cursor(None) is None
    assert QUESTION.position(None, ANY) is None


@pytest.mark.parametrize("position", [0, -1, 10**15, "9" * 700, "1.5", "", " 1", "1\n", "\u0661"])
def test_a_position_has_the_form_of_its_list(position: str | int) -> None:
    with pytest.raises(BadCursor):
        QUESTION.position(QUESTION.cursor(position), NUMBER)


def test_a_number_leads_back() -> None:
    assert QUESTION.position(QUESTION.cursor(10**15 - 1), NUMBER) == str(10**15 - 1)


@pytest.mark.parametrize(
    "cursor",
    ["x", "!!!!", "é", "\ud800", "AAAA", base64.urlsafe_b64encode(b"\xff" * 20).decode(), "a b", "=" * 9],
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        QUESTION.position(cursor, ANY)


@given(st.text(max_size=50))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with contextlib.suppress(BadCursor):
        QUESTION.position(text, ANY)
