"""Sorting lists by a column: `?o=name`, or `?o=-name` for descending."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, OrderBy


@dataclass(frozen=True)
class Sort:
    """Sorts by fields or expressions with an index behind them, and then by primary key.

    All have the same direction, so that the index can be read in either. `newest_first` is for
    times: the first click sorts descending.
    """

    fields: tuple[Any, ...]
    newest_first: bool = False

    def ordering(self, *, descending: bool) -> list[OrderBy]:
        fields = [*self.fields, "pk"] if self.fields != ("pk",) else ["pk"]
        return [OrderBy(_expression(field), descending=descending) for field in fields]


def by(*fields: Any) -> Sort:
    return Sort(fields)


def newest_first(*fields: Any) -> Sort:
    return Sort(fields, newest_first=True)


def is_descending(order: Any) -> bool:
    return order.descending if isinstance(order, OrderBy) else str(order).startswith("-")


def expression_of(order: Any) -> Any:
    return order.expression if isinstance(order, OrderBy) else F(order.removeprefix("-"))


def _expression(field: Any) -> Any:
    return F(field) if isinstance(field, str) else field
