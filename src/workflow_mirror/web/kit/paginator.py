"""Pages of a list that is too long to be counted to its end."""

from functools import cached_property
from math import ceil
from typing import Any, Self

from django.core.paginator import Paginator
from django.utils.formats import number_format

COUNTED = 5_000
LEAFED_THROUGH = 1_000
"""A page behind so many rows takes as long as they do, and nobody comes so far."""
ROWS_ON_A_PAGE = 25
"""Making the rows' HTML takes most of the time of a list: 50 of them took twice as long."""


class Number(int):
    """A count that may have stopped early, and shows that."""

    is_more: bool

    def __new__(cls, value: int, *, is_more: bool = False) -> Self:
        number = super().__new__(cls, value)
        number.is_more = is_more
        return number

    def __str__(self) -> str:
        return (
            number_format(int(self), force_grouping=True) + "+"
            if self.is_more
            else int.__repr__(self)
        )


def bounded_count(queryset: Any, most: int = COUNTED) -> Number:
    """Counts up to `most` rows, which an index does in milliseconds, and then stops."""
    found = queryset.order_by().values("pk")[: most + 1].count()
    return Number(min(found, most), is_more=found > most)


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # none at run time
    """Counts up to `COUNTED` rows, of which the first can be leafed through; a filter finds the
    others.
    """

    @cached_property
    def count(self) -> Number:
        return bounded_count(self.object_list)

    @property
    def num_pages(self) -> int:
        """At least one, as Django has it."""
        return max(1, ceil(min(self.count, LEAFED_THROUGH) / self.per_page))
