"""Jobs Waiting: the queue, in the order in which it will be worked."""

from collections.abc import Collection
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from workflow_mirror.access.scope import scope_of
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.queries import in_queue_order
from workflow_mirror.jobs.scoped import places_in
from workflow_mirror.web.jobs.admin import CANCEL, JobPointerAdmin, cancel_job
from workflow_mirror.web.jobs.filters import JobChangeList, KindFilter, StatusFilter
from workflow_mirror.web.jobs.rows import WAITING
from workflow_mirror.web.jobs.selected import do_to_marked
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.filters import CustomerFilter
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.time_formats import ago
from workflow_mirror.web.models import WaitingJob


class QueueChangeList(JobChangeList):
    result_list: Any

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[JobRun]:
        return in_queue_order(super().get_queryset(request, *args, **kwargs))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = with_places(request, list(self.result_list))


def with_places[Runs: Collection[Any]](request: HttpRequest, runs: Runs) -> Runs:
    """Jobs with their `place` in the queue; None for one that has started meanwhile."""
    places = places_in(scope_of(request.user), [run.pk for run in runs])
    for run in runs:
        run.place = places.get(run.pk)
    return runs


@admin.register(WaitingJob, site=site)
class WaitingJobAdmin(JobPointerAdmin):
    statuses = JobRun.QUEUED
    live_list = "waiting"
    file_name = "waiting-jobs"
    file_columns = WAITING
    empty_text = _("No jobs waiting.")
    list_display = (
        "place",
        "job",
        "of_customer",
        "state",
        "estimated_start",
        "queued",
        "kind_label",
        "asked_by",
    )
    list_filter = (StatusFilter, KindFilter, ("customer", CustomerFilter))
    actions = ("cancel_marked",)
    actions_row = ("cancel",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[QueueChangeList]:
        return QueueChangeList

    def completed(self, request: HttpRequest, rows: list[Any]) -> list[Any]:
        return with_places(request, rows)

    def file_portion(self, request: HttpRequest, rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return with_places(request, rows)

    @display(description=_("position"))
    def place(self, run: Any) -> str:
        number = run.place.number if run.place else table_cells.NOTHING
        return table_cells.live("job", run.pk, "place", number)

    @display(description=_("estimated start"))
    def estimated_start(self, run: Any) -> str:
        start = table_cells.until(run.place.starts_at if run.place else None)
        return table_cells.live("job", run.pk, "start", start)

    @display(description=_("queued"))
    def queued(self, run: JobRun) -> str | None:
        return ago(run.queued_at)

    @post_action(permission=CANCEL, description=_("Cancel"), icon="cancel")
    def cancel(self, request: HttpRequest, run: JobRun) -> None:
        cancel_job(request, run)

    @action(description=_("Cancel selected"), permissions=["cancel"])
    def cancel_marked(self, request: HttpRequest, runs: QuerySet[JobRun]) -> None:
        if done := do_to_marked(request, runs, control.cancel):
            messages.success(
                request, ngettext("%d job cancelled.", "%d jobs cancelled.", done) % done
            )
