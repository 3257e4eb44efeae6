"""Filters of the audit log."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.web.changes.filters import PERIODS
from workflow_mirror.web.kit.filters import ChoiceFilter, ValueFilter

type Events = QuerySet[AuditEvent]
type Choices = list[tuple[str, Any]]


class ActionFilter(ChoiceFilter):
    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(Action.choices)

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        return queryset.filter(action=self.value()) if self.value() else queryset


class ActorFilter(ValueFilter):
    title = _("who")
    parameter_name = "actor"


class OutcomeFilter(ChoiceFilter):
    title = _("outcome")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(value, capfirst(label)) for value, label in Outcome.choices]

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        return queryset.filter(outcome=self.value()) if self.value() else queryset


class PeriodFilter(ChoiceFilter):
    title = _("period")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(key, text) for key, (text, _start) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: Events) -> Events:
        if self.value() not in PERIODS:
            return queryset
        _text, start = PERIODS[self.value()]
        return queryset.filter(happened_at__gte=start())
