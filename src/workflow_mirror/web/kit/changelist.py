"""The rows of a list page."""

from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.views import ChangeList


class MirrorChangeList(ChangeList):
    def __init__(self, request: HttpRequest, *arguments: Any, **options: Any) -> None:
        super().__init__(request, *arguments, **options)
        self.title = capfirst(self.opts.verbose_name_plural)

    def get_filters(self, request: HttpRequest) -> Any:
        """Only the filters that the page offers.

        Django would filter by any column and lookup that the address names: by regular expressions
        that PostgreSQL refuses, along no index, and by columns that no page shows.
        """
        filters = super().get_filters(request)
        _specs, _has_specs, not_offered, *_rest = filters
        if not_offered:
            raise IncorrectLookupParameters
        return filters

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            # Nothing is left out, so Unfold need not offer to show everything.
            self.full_result_count = self.result_count
