from collections.abc import Callable
from typing import Any

import pytest

from workflow_mirror.zuora.errors import UnusableAnswerError
from workflow_mirror.zuora.pages import Page, PageWalk, read_page

NEXT = "https://rest.zuora.com/workflows?page=2&page_length=50"


def answer(*ids: Any, **pagination: Any) -> dict[str, Any]:
    return {"data": [{"id": key} for key in ids], "pagination": pagination}


class Listing:
    """A list in pages, as Zuora would answer them one after the other."""

    def __init__(self, *answers: Any) -> None:
        self._answers = answers
        self.asked: list[int] = []

    def list_page(self, number: int) -> Page:
        self.asked.append(number)
        assert number < 10, "this walk would never end"
        return read_page(self._answers[min(number, len(self._answers)) - 1], number)


@pytest.mark.parametrize("last", [{}, {"next_page": None}, {"next_page": ""}])
def test_the_last_page_has_no_next_page(last: dict[str, Any]) -> None:
    assert read_page(answer(1, **last), 1).is_last
    assert not read_page(answer(1, next_page=NEXT), 1).is_last


def test_a_page_without_rows_is_the_last_whatever_it_says() -> None:
    assert read_page(answer(next_page=NEXT), 3).is_last


@pytest.mark.parametrize("pagination", [None, [], "text", 5])
def test_an_odd_pagination_counts_as_none(pagination: Any) -> None:
    assert read_page({"data": [{"id": 1}], "pagination": pagination}, 1).is_last


@pytest.mark.parametrize("number", [2, "2", None, 2.0])
def test_a_page_number_that_fits_is_accepted_in_any_form(number: Any) -> None:
    assert read_page(answer(1, page=number), 2).number == 2


@pytest.mark.parametrize("number", [1, "1", 3, [2], {"page": 2}, "two"])
def test_another_page_than_the_asked_one_is_refused(number: Any) -> None:
    with pytest.raises(UnusableAnswerError, match="another page"):
        read_page(answer(1, page=number), 2)


@pytest.mark.parametrize("odd", [None, [], "text", 5, {}, {"data": None}, {"data": {"id": 1}}])
def test_an_answer_without_rows_is_refused(odd: Any) -> None:
    with pytest.raises(UnusableAnswerError, match="no rows"):
        read_page(odd, 1)


def test_rows_without_an_id_are_counted_and_left_out() -> None:
    page = read_page({"data": [{"id": 1}, {"name": "no id"}, None, "text", {"id": "x"}]}, 1)

    assert [definition.zuora_id for definition in page.definitions] == ["1"]
    assert page.rows_without_id == 4


def test_a_walk_gives_every_page_and_is_then_complete() -> None:
    listing = Listing(answer(3, 2, next_page=NEXT), answer(1))
    walk = PageWalk(listing.list_page)

    pages = [[definition.zuora_id for definition in page] for page in walk]

    assert pages == [["3", "2"], ["1"]]
    assert walk.complete
    assert (walk.seen, listing.asked) == ({"1", "2", "3"}, [1, 2])


def test_a_walk_is_complete_only_after_the_last_page() -> None:
    walk = PageWalk(Listing(answer(3, next_page=NEXT), answer(2)).list_page)

    next(iter(walk))

    assert not walk.complete


def test_an_empty_list_is_complete_at_once() -> None:
    walk = PageWalk(Listing(answer()).list_page)

    assert list(walk) == [[]]
    assert walk.complete


def test_a_row_that_shifts_to_the_next_page_is_given_once() -> None:
    walk = PageWalk(Listing(answer(3, 3, 2, next_page=NEXT), answer(2, 1)).list_page)

    assert [[d.zuora_id for d in page] for page in walk] == [["3", "2"], ["1"]]


@pytest.mark.parametrize(
    "repeated",
    [
        pytest.param(lambda: answer(2, 1, next_page=NEXT), id="rows seen before"),
        pytest.param(lambda: answer(None, "x", next_page=NEXT), id="rows without an id"),
    ],
)
def test_a_walk_that_brings_nothing_new_ends_with_an_error(
    repeated: Callable[[], dict[str, Any]],
) -> None:
    """Otherwise a Zuora that repeats itself would be asked forever."""
    listing = Listing(answer(2, 1, next_page=NEXT), repeated())
    walk = PageWalk(listing.list_page)

    with pytest.raises(UnusableAnswerError, match="repeats a page"):
        list(walk)

    assert not walk.complete
    assert listing.asked == [1, 2]


def test_a_last_page_of_old_rows_only_is_an_error_too() -> None:
    """To stop quietly there would lose the rows that should have been on it."""
    walk = PageWalk(Listing(answer(2, 1, next_page=NEXT), answer(2, 1)).list_page)

    with pytest.raises(UnusableAnswerError, match="repeats a page"):
        list(walk)


def test_a_walk_counts_the_rows_without_an_id_of_all_pages() -> None:
    walk = PageWalk(Listing(answer(3, None, next_page=NEXT), answer(2, "x", "y")).list_page)

    list(walk)

    assert walk.rows_without_id == 3
