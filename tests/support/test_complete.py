"""What a check of a list that is kept by hand says."""

import pytest

from tests.support.complete import check_complete


def test_a_complete_list_passes() -> None:
    check_complete(["b", "a"], {"a", "b"}, "the page")


def test_it_says_what_to_add_and_what_to_remove() -> None:
    with pytest.raises(pytest.fail.Exception) as failed:
        check_complete(["a", "c"], ["a", "b", "d"], "the page")
    assert str(failed.value).splitlines() == [
        "add to the page: b",
        "add to the page: d",
        "remove from the page: c",
    ]
