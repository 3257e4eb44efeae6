"""The rows of a list page, its headers, and the filters that narrow it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.views import ChangeList

from workflow_mirror.web.kit.columns import COLUMNS_VAR, column_name
from workflow_mirror.web.kit.filters import CustomerFilter, chosen_text
from workflow_mirror.web.kit.preferences import PAGE_SIZES, preferences_of
from workflow_mirror.web.kit.sorting import Sort

VIEW_VAR = "view"
"""`view=none` opens a list without its default view."""
CHECKBOX = "action_checkbox"


@dataclass(frozen=True)
class Header:
    """`link` sorts by the column, empty if it cannot be sorted."""

    name: str
    text: str
    link: str = ""
    is_sorted: bool = False
    is_descending: bool = False


@dataclass(frozen=True)
class Chip:
    """An active filter; `link` removes it."""

    title: str
    value: str
    link: str


class MirrorChangeList(ChangeList):
    page_sizes = PAGE_SIZES

    def __init__(self, request: HttpRequest, *arguments: Any, **options: Any) -> None:
        self.preferences = preferences_of(request)
        super().__init__(request, *arguments, **options)
        self.row_actions: list[dict[str, Any]] = self.model_admin.row_actions(request)
        self.title = capfirst(self.opts.verbose_name_plural)
        self.every_column = self.model_admin.every_column(request)

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        return {name: found[name] for name in found if name not in {COLUMNS_VAR, VIEW_VAR}}

    def get_filters(self, request: HttpRequest) -> Any:
        """Only the filters that the page offers.

        Django would filter by any column and lookup that the address names: by regular expressions
        that PostgreSQL refuses, along no index, and by columns that no page shows.
        """
        specs, has_specs, not_offered, may_have_doubles, has_active = super().get_filters(request)
        if not_offered:
            raise IncorrectLookupParameters
        # A customer that is chosen on another page is no parameter of this one.
        has_active = has_active or any(one.value() for one in _of_customers(specs))
        return specs, has_specs, not_offered, may_have_doubles, has_active

    def get_query_string(
        self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None
    ) -> str:
        """Of this list without some parameters; never empty, which would open a default view."""
        query: str = super().get_query_string({VIEW_VAR: None, **(new_params or {})}, remove)
        return query if query != "?" else f"?{VIEW_VAR}=none"

    def get_results(self, request: HttpRequest) -> None:
        if self.preferences.page_size in PAGE_SIZES:
            self.list_per_page = self.preferences.page_size
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            # Nothing is left out, so Unfold need not offer to show everything.
            self.full_result_count = self.result_count

    def actions_of(self, row: Any) -> list[dict[str, Any]]:
        permits = self.model_admin.permits
        return [action for action in self.row_actions if permits(action["name"], row)]

    # Sorting

    @property
    def sorts(self) -> dict[str, Sort]:
        """The shown columns that can be sorted."""
        sorts: dict[str, Sort] = self.model_admin.sorts
        shown = map(column_name, self.list_display)
        return {name: sorts[name] for name in shown if name in sorts}

    @property
    def sorted_by(self) -> tuple[str, bool]:
        """A column, and whether descending; ("", False) for an order that no column has."""
        for wanted in (self.params.get(ORDER_VAR, ""), self.model_admin.sorted_by):
            name = wanted.removeprefix("-")
            if name in self.model_admin.sorts:
                return name, wanted.startswith("-")
        return "", False

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """By names of columns. Django's are positions, which mean nothing to another user."""
        name, descending = self.sorted_by
        if name:
            sort: Sort = self.model_admin.sorts[name]
            return sort.ordering(descending=descending)
        self.params.pop(ORDER_VAR, None)
        ordering: list[Any] = super().get_ordering(request, queryset)
        return ordering

    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}  # of Unfold's headers, which our lists do not show

    @cached_property
    def headers(self) -> list[Header]:
        return [self._header(column) for column in self.list_display]

    def _header(self, column: Any) -> Header:
        name = column_name(column)
        text = "" if name == CHECKBOX else self._label(column)
        if name not in self.sorts:
            return Header(name, text)
        sorted_by, is_descending = self.sorted_by
        is_sorted = sorted_by == name
        goes_down = not is_descending if is_sorted else self.sorts[name].newest_first
        link = self.get_query_string({ORDER_VAR: f"-{name}" if goes_down else name})
        return Header(name, text, link, is_sorted, is_descending)

    def _label(self, column: Any) -> str:
        return capfirst(str(label_for_field(column, self.model, self.model_admin)))

    # What the list shows, and what of it can be taken back

    @cached_property
    def chips(self) -> list[Chip]:
        """The active filters and the search. The chosen customer has a place of its own."""
        active = [
            Chip(
                capfirst(str(spec.title)),
                text,
                self.get_query_string(dict.fromkeys(spec.expected_parameters())),
            )
            for spec in self.filter_specs
            if not isinstance(spec, CustomerFilter) and (text := chosen_text(spec, self))
        ]
        if self.query:
            search = Chip(_("Search"), self.query, self.get_query_string({SEARCH_VAR: None}))
            return [search, *active]
        return active

    @property
    def without_filters(self) -> str:
        """The address without filters and search; order and columns stay."""
        names = [*self.get_filters_params(), SEARCH_VAR]
        return self.get_query_string(dict.fromkeys(names))

    @property
    def customer_filter(self) -> CustomerFilter | None:
        return next(_of_customers(self.filter_specs), None)

    @property
    def column_choices(self) -> list[tuple[str, str, bool]]:
        """Name, label and whether it is shown: the shown columns in their order, then the others.

        Without the first, which is always shown.
        """
        shown = [one for one in self.list_display if one != CHECKBOX]
        others = [one for one in self.every_column if one not in shown]
        columns = [(column, True) for column in shown[1:]] + [(one, False) for one in others]
        return [(column_name(column), self._label(column), is_on) for column, is_on in columns]

    @property
    def page_key(self) -> str:
        key: str = self.model_admin.page_key
        return key

    @property
    def view_query(self) -> str:
        """What a saved view of this list keeps: filters, search, order and columns."""
        kept = {name: values for name, values in self.filter_params.items() if name != VIEW_VAR}
        shown = [column_name(one) for one in self.list_display if one != CHECKBOX]
        kept[COLUMNS_VAR] = [",".join(shown)]
        if (customer := self.customer_filter) and customer.value():
            kept[customer.lookup_kwarg] = [customer.value()]
        return urlencode(sorted(kept.items()), doseq=True)


def _of_customers(specs: Iterable[Any]) -> Iterator[CustomerFilter]:
    return (one for one in specs if isinstance(one, CustomerFilter))
