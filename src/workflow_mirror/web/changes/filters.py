"""Filters of the list of changes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.weeks import monday_of, start_of
from workflow_mirror.web.kit.filters import ChoiceFilter, ValueFilter

type Changes = QuerySet[WorkflowChange]
type Choices = list[tuple[str, Any]]

PERIODS: dict[str, tuple[Any, Callable[[], datetime]]] = {
    "today": (_("Today"), lambda: start_of(timezone.localdate())),
    "week": (_("Since Monday"), lambda: start_of(monday_of(timezone.localdate()))),
    "7": (_("Last 7 days"), lambda: timezone.now() - timedelta(days=7)),
    "30": (_("Last 30 days"), lambda: timezone.now() - timedelta(days=30)),
}


class KindFilter(ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(value, capfirst(label)) for value, label in WorkflowChange.Kind.choices]

    def queryset(self, request: HttpRequest, queryset: Changes) -> Changes:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class WhoFilter(ValueFilter):
    title = _("changed by")
    parameter_name = "changed_by"


class PeriodFilter(ChoiceFilter):
    title = _("seen")
    parameter_name = "seen"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(key, text) for key, (text, _start) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: Changes) -> Changes:
        if self.value() not in PERIODS:
            return queryset
        _text, start = PERIODS[self.value()]
        return queryset.filter(seen_at__gte=start())
