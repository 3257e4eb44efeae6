"""Filters of lists."""

from typing import Any

from django.db.models import QuerySet
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
            "<option{}>{}</option>",
            (
                (flatatt({"value": key, "selected": str(key) in chosen}), label)
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


class CustomerFilter(RelatedDropdownFilter):
    """By customer, offering the user's own: `list_filter = (("customer", CustomerFilter),)`."""

    form_class = LongForm

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[int, str]]:
        return list(visible_customers(request.user).values_list("pk", "name"))


class ValueFilter(DropdownFilter):
    """By an indexed text column, `parameter_name`: the values that the user's own rows have."""

    form_class = LongForm

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        values = self._values(request, model_admin)
        return [(value, value) for value in values]

    def _values(self, request: HttpRequest, model_admin: Any) -> list[str]:
        access, column = access_of(request.user), self.parameter_name
        if access is None or not access.is_limited:
            return distinct_values(column, model_admin.model)
        own = model_admin.get_queryset(request).select_related(None).order_by()
        if len(access.customer_ids) > MANY_CUSTOMERS:
            return values_among(distinct_values(column, model_admin.model), column, own)
        found = own.exclude(**{column: ""}).values_list(column, flat=True).distinct()
        return sorted(found[:MOST_VALUES])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset
