"""Filters of lists."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter
from unfold.contrib.filters.forms import DropdownForm
from unfold.widgets import UnfoldAdminSelectWidget

from workflow_mirror.web.access import access_of, visible_customers
from workflow_mirror.workflows.queries import MOST_VALUES, distinct_values, values_among

MANY_CUSTOMERS = 10
"""Of so many customers, reading all tasks takes longer than looking for each value."""


class LongSelect(UnfoldAdminSelectWidget):
    """Without a template for each option: for 200 customers they took longer than the list."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (key, " selected" if str(key) in chosen else "", label)
                for key, label in self.choices
            ),
        )
        attributes = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(attributes), options)


class LongForm(DropdownForm):
    """Unfold's, which finds its select by these."""

    widget = LongSelect(
        attrs={
            "data-theme": "admin-autocomplete",
            "class": "unfold-admin-autocomplete admin-autocomplete",
        }
    )


class ChoiceFilter(DropdownFilter):
    form_class = LongForm


class CustomerFilter(RelatedDropdownFilter):
    """By customer, offering the user's own: `list_filter = (("customer", CustomerFilter),)`."""

    form_class = LongForm

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[int, str]]:
        return list(visible_customers(request.user).values_list("pk", "name"))


class ValueFilter(ChoiceFilter):
    """By an indexed text column, `parameter_name`: the values that the user's own rows have."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = self._values(request, model_admin)
        return [(value, value) for value in values]

    def _values(self, request: HttpRequest, model_admin: Any) -> list[str]:
        access, column = access_of(request.user), self.parameter_name
        if access is None or not access.is_limited:
            return distinct_values(column, model_admin.model)
        own = model_admin.get_queryset(request).select_related(None).order_by()
        if len(access.customer_ids) > MANY_CUSTOMERS:
            many = _rows_of(model_admin.model, model_admin.customer_path, access.customer_ids)
            return values_among(distinct_values(column, model_admin.model), column, many)
        found = own.exclude(**{column: ""}).values_list(column, flat=True).distinct()
        return sorted(found[:MOST_VALUES])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset


def _rows_of(model: Any, path: str, customers: list[int]) -> QuerySet[Any]:
    """As the scope has them, but row by row: of a join the planner reads all rows of the customers
    before it asks for the first one of a value.
    """
    rows: QuerySet[Any] = model._base_manager.all()  # noqa: SLF001 - Django's documented name
    relation, _joined, column = path.rpartition("__")
    if not relation:
        return rows.filter(**{f"{column}__in": customers})
    parents = model._meta.get_field(relation).related_model.objects.all()  # noqa: SLF001 - Django's documented name
    owner = parents.filter(pk=OuterRef(relation)).values(column)
    rows = rows.alias(owner=Subquery(owner))
    return rows.filter(owner__in=customers)
