"""Reads long lists along an index, or from few enough rows to sort."""

from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Func, OrderBy, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from workflow_mirror.web.kit.base import ReadOnlyAdmin
from workflow_mirror.web.kit.changelist import MirrorChangeList
from workflow_mirror.web.kit.paginator import BoundedPaginator, Number
from workflow_mirror.web.kit.sorting import expression_of, is_descending
from workflow_mirror.web.kit.time_formats import ago
from workflow_mirror.workflows.columns import Column
from workflow_mirror.workflows.secrets import masked

FOUND = 500
"""Maximum results of a search; more search words narrow it down."""


class SearchPaginator(BoundedPaginator):
    """Searches once: the keys found provide both the count and the rows of a page."""

    @property
    def keys(self) -> list[int]:
        """The shown rows, in the list's order."""
        return self._found[:FOUND]

    @cached_property
    def count(self) -> Number:
        return Number(len(self.keys), is_more=len(self._found) > FOUND)

    @cached_property
    def _found(self) -> list[int]:
        """Keys: one more than shown, if there are more. Reads all of them once, then sorts them."""
        matching: Any = self.object_list
        *orders, last = matching.query.order_by
        columns = {f"order_{place}": expression_of(order) for place, order in enumerate(orders)}
        found = matching.select_related(None).order_by().annotate(**columns)
        keys = found.values("pk", *columns)[: FOUND + 1]
        try:
            statement, parameters = keys.query.sql_with_params()
        except EmptyResultSet:  # Django sees that nothing matches: no customers, a huge number
            return []
        ways = [
            *zip(columns, map(is_descending, orders), strict=True),
            ("pk", is_descending(last)),
        ]
        wanted = ", ".join(f"{column} {'DESC' if down else 'ASC'}" for column, down in ways)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pk FROM ({statement}) AS found ORDER BY {wanted}", parameters)  # noqa: S608 - Django's own SQL
            return [pk for (pk,) in cursor.fetchall()]


class LongChangeList(MirrorChangeList):
    """Reads the keys of a page first, then only its rows: skipped rows are not joined."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)  # counts, and builds a query of rows that never runs
        first = (self.page_num - 1) * self.list_per_page if self.multi_page else 0
        keys = list(self._sorted_keys()[first : first + self.list_per_page])
        rows = {row.pk: row for row in self.root_queryset.filter(pk__in=keys)}
        self.result_list = [rows[key] for key in keys if key in rows]

    def _sorted_keys(self) -> QuerySet[Any] | list[int]:
        """Keys of all matching rows, in order.

        Without a condition, they come from the index of the order. With a condition, the planner
        may scan that index through a million rows without a match, so matching rows are found
        first and then sorted. If more rows match than are counted, scanning the index soon finds
        a page of them. This does not hold for a search: its matches are often all in one part of
        the order.
        """
        if isinstance(self.paginator, SearchPaginator):
            return self.paginator.keys
        matching: QuerySet[Any] = self.queryset
        first, *others = matching.query.order_by
        if matching.query.where and not self.result_count.is_more:
            matching = matching.order_by(_without_index(first), *others)
        return matching.values_list("pk", flat=True)


class LongListAdmin(ReadOnlyAdmin):
    columns: tuple[Column, ...]
    """Columns from the catalogue, in the list's order; the first is the link.

    A column that shows more than its value has a method `shown_NAME`.
    """

    def every_column(self, request: HttpRequest) -> list[Any]:
        names = ((column, f"shown_{column.name}") for column in self.columns)
        return [name if hasattr(self, name) else _plain(column) for column, name in names]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[LongChangeList]:
        return LongChangeList

    def get_paginator(
        self, request: HttpRequest, queryset: QuerySet[Any], per_page: int, *options: Any
    ) -> BoundedPaginator:
        kind = SearchPaginator if request.GET.get(SEARCH_VAR) else BoundedPaginator
        return kind(queryset, per_page, *options)


def _plain(column: Column) -> Any:
    def cell(row: Any) -> Any:
        value = getattr(row, column.name)
        if isinstance(value, str):
            return masked(value)
        return ago(value) if column.kind is datetime else value

    cell.__name__ = f"shown_{column.name}"
    return display(description=column.label, boolean=column.kind is bool)(cell)


def _without_index(order: Any) -> OrderBy:
    """The same order, but not covered by an index: GREATEST of one value is that value."""
    return OrderBy(Func(expression_of(order), function="GREATEST"), descending=is_descending(order))
