"""Filters of lists."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter

from workflow_mirror.web.access import is_limited, visible_customers
from workflow_mirror.workflows.queries import MOST_VALUES, distinct_values


class CustomerFilter(RelatedDropdownFilter):
    """By customer, offering the user's own: `list_filter = (("customer", CustomerFilter),)`."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[int, str]]:
        return list(visible_customers(request.user).values_list("pk", "name"))


class ValueFilter(DropdownFilter):
    """By an indexed text column, `parameter_name`: the values that the user's own rows have."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        column = self.parameter_name
        if is_limited(request.user):
            own = model_admin.get_queryset(request).order_by().exclude(**{column: ""})
            values = sorted(own.values_list(column, flat=True).distinct()[:MOST_VALUES])
        else:
            values = distinct_values(column, model_admin.model)
        return [(value, value) for value in values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name: self.value()}) if self.value() else queryset
