"""Job Batches: how far the jobs of one request are."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from unfold.decorators import display
from unfold.enums import ActionVariant

from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.jobs.scoped import (
    BatchCounts,
    batches_in,
    count_jobs,
    jobs_in,
    jobs_of_batch,
)
from workflow_mirror.schedules.requested_by import with_requester
from workflow_mirror.web.jobs.admin import CANCEL
from workflow_mirror.web.jobs.rows import BATCHES
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.base import ReadOnlyAdmin
from workflow_mirror.web.kit.changelist import MirrorChangeList
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.job_table import job_rows
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.live import batch_cells, batch_state
from workflow_mirror.web.kit.live_rows import WithLiveRows
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import newest_first
from workflow_mirror.web.kit.time_formats import ago

JOBS_SHOWN = 200


class BatchChangeList(MirrorChangeList):
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = with_counts(request, list(self.result_list))


def with_counts[Batches: Collection[Any]](request: HttpRequest, batches: Batches) -> Batches:
    """Batches with the counts of the user's own jobs, and the cells that show them."""
    counts = count_jobs(scope_of(request.user), [batch.pk for batch in batches])
    for batch in batches:
        batch.counts = counts.get(batch.pk) or BatchCounts()
        batch.cells = batch_cells(batch.counts)
    return batches


@admin.register(JobBatch, site=site)
class BatchAdmin(WithFiles, WithLiveRows, ReadOnlyAdmin):
    live_list = "batches"
    list_before_template = "web/jobs/live_list.html"
    ordering = ("-pk",)
    list_display = (
        "batch",
        "progress",
        "waiting",
        "running",
        "done",
        "failed",
        "cancelled",
        "asked_by",
        "asked_at",
    )
    list_display_links = None
    sorts: ClassVar = {"batch": newest_first("pk"), "asked_at": newest_first("pk")}
    sorted_by = "-batch"
    search_fields = ("requester", "pk__exact")
    search_help_text = _("Search by requester or batch ID")
    empty_text = _("No job batches yet.")
    file_name = "job-batches"
    file_columns = BATCHES
    actions_row = ("cancel",)
    actions_detail = ("cancel",)
    fields = ("progress", "asked_by", "asked_at")
    readonly_fields = fields
    change_form_outer_after_template = "web/jobs/batch_jobs.html"

    def rows(self, scope: Scope) -> QuerySet[Any]:
        return with_requester(batches_in(scope), scope)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BatchChangeList]:
        return BatchChangeList

    def file_portion(self, request: HttpRequest, rows: tuple[Any, ...]) -> tuple[Any, ...]:
        return with_counts(request, rows)

    def completed(self, request: HttpRequest, rows: list[Any]) -> list[Any]:
        return with_counts(request, rows)

    def permits(self, action: str, row: Any) -> bool:
        return batch_state(row.counts) == "alive"

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        batch: Any = super().get_object(request, object_id, from_field)
        if batch is not None:
            counts = count_jobs(scope_of(request.user), [batch.pk]).get(batch.pk) or BatchCounts()
            batch.cells, batch.is_waiting = batch_cells(counts), counts.waiting > 0
        return batch

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """Without *Cancel* once all has ended."""
        alive = self._jobs_of(request, str(object_id)).exclude(status__in=JobRun.ENDED)
        return super().get_actions_detail(request, object_id) if alive.exists() else []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        jobs = job_rows(self._jobs_of(request, object_id)[:JOBS_SHOWN])
        answer: HttpResponse = super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "jobs": jobs}
        )
        return answer

    def _jobs_of(self, request: HttpRequest, batch_id: str) -> QuerySet[JobRun]:
        scope, pk = scope_of(request.user), row_id(batch_id)
        return jobs_in(scope).none() if pk is None else jobs_of_batch(scope, pk)

    @display(description=_("batch"))
    def batch(self, batch: Any) -> str:
        link = reverse("admin:jobs_jobbatch_change", args=(batch.pk,))
        return table_cells.row_link(batch.pk, link, batch_state(batch.counts))

    @display(description=_("progress"))
    def progress(self, batch: Any) -> str:
        return _cell(batch, "progress")

    @display(description=pgettext_lazy("jobs", "waiting"))
    def waiting(self, batch: Any) -> str:
        return _cell(batch, "waiting")

    @display(description=pgettext_lazy("jobs", "running"))
    def running(self, batch: Any) -> str:
        return _cell(batch, "running")

    @display(description=pgettext_lazy("jobs", "done"))
    def done(self, batch: Any) -> str:
        return _cell(batch, "done")

    @display(description=pgettext_lazy("jobs", "failed"))
    def failed(self, batch: Any) -> str:
        return _cell(batch, "failed")

    @display(description=pgettext_lazy("jobs", "cancelled"))
    def cancelled(self, batch: Any) -> str:
        return _cell(batch, "cancelled")

    @display(description=_("requested by"))
    def asked_by(self, batch: Any) -> str:
        return table_cells.one_line(batch.requester)

    @display(description=_("requested"))
    def asked_at(self, batch: JobBatch) -> str | None:
        return ago(batch.created_at)

    @post_action(
        permission=CANCEL,
        description=_("Cancel batch"),
        icon="cancel",
        question=_(
            "Waiting jobs are removed from the queue. Running jobs stop after their current step;"
            " what they have stored is kept."
        ),
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, batch: JobBatch) -> None:
        own = jobs_in(scope_of(request.user))
        cancelled, asked = control.cancel_batch(batch.pk, among=own)
        if cancelled:
            messages.success(
                request,
                ngettext("%d job cancelled.", "%d jobs cancelled.", cancelled) % cancelled,
            )
        if asked:
            messages.info(
                request,
                ngettext(
                    "%d running job is stopping.",
                    "%d running jobs are stopping.",
                    asked,
                )
                % asked,
            )
        if not cancelled and not asked:
            messages.warning(request, _("All jobs of this batch have already finished."))


def _cell(batch: Any, part: str) -> str:
    return table_cells.live("batch", batch.pk, part, batch.cells[part])
