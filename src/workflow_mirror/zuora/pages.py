"""Reads the list of workflows page by page.

Source: API.md section 3. Pages are counted here: `next_page` is an absolute URL whose host and
filters are unverified, so it only shows whether there is a next page. The last page has none, or
null, or "". Rows can shift between two pages when a workflow is created or deleted: a row
may arrive twice or not at all, so rows are identified by ID, and absence proves nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from workflow_mirror.zuora.definitions import Definition, id_of, read_definition
from workflow_mirror.zuora.errors import NoRowsError, OtherPageError, RepeatedPageError

PAGE_LENGTH = 50  # the documented maximum; what happens above it is not documented


@dataclass(frozen=True)
class Page:
    """`rows_without_id` counts the rows that cannot be mirrored, since nothing names them."""

    number: int
    definitions: list[Definition]
    is_last: bool
    rows_without_id: int = 0


def read_page(answer: Any, number: int) -> Page:
    """Raises UnusableAnswerError for a response that is not a page, or not the requested one."""
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        raise NoRowsError
    pagination = answer.get("pagination")
    if not isinstance(pagination, dict):
        pagination = {}
    if pagination.get("page") not in (None, number, str(number)):  # it may be a list
        raise OtherPageError(number=number)
    definitions = [read_definition(row) for row in rows if id_of(row)]
    return Page(
        number,
        definitions,
        is_last=not rows or not pagination.get("next_page"),
        rows_without_id=len(rows) - len(definitions),
    )


class PageWalk:
    """All pages in turn. `seen` holds the ids met so far, `complete` turns true after the last,
    `rows_without_id` counts rows that nothing names.

    A page that brings rows but not one new id means that Zuora repeats itself; to go on could
    take forever, and to stop quietly would lose rows, so UnusableAnswerError is raised. A last
    page may hold nothing but rows without an id: those are lost already, and it is the last.
    """

    def __init__(self, list_page: Callable[[int], Page]) -> None:
        self._list_page = list_page
        self.seen: set[str] = set()
        self.complete = False
        self.rows_without_id = 0

    def __iter__(self) -> Iterator[list[Definition]]:
        number = 1
        while not self.complete:
            page = self._list_page(number)
            new = self._not_seen_before(page)
            self.complete = page.is_last
            number += 1
            yield new

    def _not_seen_before(self, page: Page) -> list[Definition]:
        by_id = {definition.zuora_id: definition for definition in page.definitions}
        new = [definition for key, definition in by_id.items() if key not in self.seen]
        if not new and (page.definitions or not page.is_last):
            raise RepeatedPageError(number=page.number)
        self.seen.update(by_id)
        self.rows_without_id += page.rows_without_id
        return new
