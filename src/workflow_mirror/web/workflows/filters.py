"""Filters of the list of workflows."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workflow_mirror.web.kit.filters import ChoiceFilter, ValueFilter
from workflow_mirror.workflows.columns import WORKFLOWS
from workflow_mirror.workflows.models import Workflow

type Workflows = QuerySet[Workflow]
type Choices = list[tuple[str, Any]]

FRESH = timedelta(days=1)
TRIGGERS = {column.name: column.label for column in WORKFLOWS if column.name.endswith("_trigger")}


class StateFilter(ValueFilter):
    title = _("status")
    parameter_name = "state"


class TriggerFilter(ChoiceFilter):
    title = _("trigger")
    parameter_name = "trigger"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [*TRIGGERS.items(), ("none", _("None"))]

    def queryset(self, request: HttpRequest, queryset: Workflows) -> Workflows:
        if self.value() == "none":
            return queryset.filter(**dict.fromkeys(TRIGGERS, False))
        return queryset.filter(**{self.value(): True}) if self.value() in TRIGGERS else queryset


class FreshnessFilter(ChoiceFilter):
    title = _("last sync")
    parameter_name = "synced"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [
            ("day", _("Last 24 h")),
            ("older", _("Over 24 h ago")),
            ("never", _("Never")),
        ]

    def queryset(self, request: HttpRequest, queryset: Workflows) -> Workflows:
        match self.value():
            case "day":
                return queryset.filter(last_synced_at__gte=timezone.now() - FRESH)
            case "older":
                return queryset.filter(last_synced_at__lt=timezone.now() - FRESH)
            case "never":
                return queryset.filter(last_synced_at=None)
        return queryset


class VanishedFilter(ChoiceFilter):
    """Unless asked, the list shows what is in Zuora."""

    title = _("in Zuora")
    parameter_name = "vanished"
    all_option = ("", _("Present"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("yes", _("Deleted")), ("any", _("Present and deleted"))]

    def queryset(self, request: HttpRequest, queryset: Workflows) -> Workflows:
        if self.value() == "any":
            return queryset
        return queryset.filter(deleted_at__isnull=self.value() != "yes")


class ExportTroubleFilter(ChoiceFilter):
    title = _("export")
    parameter_name = "export"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("failed", _("Failed"))]

    def queryset(self, request: HttpRequest, queryset: Workflows) -> Workflows:
        if self.value() == "failed":  # as the index is, and the customers' counts are
            return queryset.exclude(export_error="").filter(deleted_at=None)
        return queryset
