"""Which jobs a list shows."""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.kinds import all_kinds
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit.changelist import MirrorChangeList
from workflow_mirror.web.kit.filters import ChoiceFilter

PERIODS = {
    "hour": (_("Last hour"), timedelta(hours=1)),
    "day": (_("Last 24 hours"), timedelta(days=1)),
    "week": (_("Last 7 days"), timedelta(days=7)),
    "month": (_("Last 30 days"), timedelta(days=30)),
}


class JobChangeList(MirrorChangeList):
    """The jobs of the page's statuses. A page of one job starts from all of them instead."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[JobRun]:
        runs: QuerySet[JobRun] = super().get_queryset(request, *args, **kwargs)
        unshown = ("exception", "customer__zuora_client_secret")
        return runs.filter(status__in=self.model_admin.statuses).defer(*unshown)


class StatusFilter(ChoiceFilter):
    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        shown = model_admin.statuses
        return [(value, capfirst(text)) for value, text in JobRun.Status.choices if value in shown]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return queryset.filter(status=self.value()) if self.value() else queryset


class KindFilter(ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.name, capfirst(str(kind.label))) for kind in all_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ResolvedFilter(ChoiceFilter):
    """Unless asked, the list shows what is still to be done."""

    title = _("resolved")
    parameter_name = "resolved"
    all_option = ("", _("Not resolved"))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("By a later job")), ("any", _("All failed jobs"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        if self.value() == "any":
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() != "yes")


class EndedFilter(ChoiceFilter):
    """By the end; what runs has none yet, and belongs to every period."""

    title = _("period")
    parameter_name = "ended"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(key, text) for key, (text, _length) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[JobRun]) -> QuerySet[JobRun]:
        if self.value() not in PERIODS:
            return queryset
        _text, length = PERIODS[self.value()]
        since = timezone.now() - length
        return queryset.filter(Q(finished_at__gte=since) | Q(finished_at=None))
