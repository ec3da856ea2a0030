"""Pages and their limits."""

import pytest
from pydantic import ValidationError

from shared.api import PageQuery


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


def test_a_cursor_beyond_1024_characters_is_refused() -> None:
    with pytest.raises(ValidationError):
        PageQuery(cursor="x" * 1025)
