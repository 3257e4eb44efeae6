"""Filters of lists."""

from typing import Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import RelatedDropdownFilter

from workflow_mirror.web.access import visible_customers


class CustomerFilter(RelatedDropdownFilter):
    """By customer, offering the user's own: `list_filter = (("customer", CustomerFilter),)`."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: Any
    ) -> list[tuple[int, str]]:
        return list(visible_customers(request.user).values_list("pk", "name"))
