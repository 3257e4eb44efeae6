"""Jobs: the list of running and finished jobs, and the page of a job in any status."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.enums import ActionVariant

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.error_texts import in_our_language, translated
from workflow_mirror.history.queries import changes_of_job
from workflow_mirror.jobs import control
from workflow_mirror.jobs.errors import JobError
from workflow_mirror.jobs.kinds import label_of
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import jobs_in
from workflow_mirror.schedules.requested_by import with_requester
from workflow_mirror.web.changes.latest import as_shown
from workflow_mirror.web.customers.links import list_of
from workflow_mirror.web.jobs.filters import EndedFilter, JobChangeList, KindFilter, StatusFilter
from workflow_mirror.web.jobs.rows import JOBS
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.base import ReadOnlyAdmin
from workflow_mirror.web.kit.filters import CustomerFilter
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.live import live
from workflow_mirror.web.kit.live_rows import WithLiveRows
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by, newest_first
from workflow_mirror.web.kit.time_formats import ago
from workflow_mirror.workflows.queries import keys_of
from workflow_mirror.workflows.secrets import masked

RETRY = "jobs.retry_jobrun"
CANCEL = "jobs.cancel_jobrun"
DELETE = "jobs.delete_jobrun"
MOST_CHANGES = 50

Status = JobRun.Status
# Which action a job permits; jobs.control has the last word.
PERMITTED: dict[str, tuple[str, ...]] = {
    "retry": control.RETRYABLE,
    "cancel": (*JobRun.QUEUED, Status.RUNNING),
    "forget": JobRun.ENDED,
}

FACTS = (
    "state",
    "kind_label",
    "of_customer",
    "progress",
    "stats",
    "attempt_number",
    "asked_by",
    "of_batch",
    "wishes",
)
TIMES = ("queued", "due", "start", "end", "resolved", "duration", "at_worker")
WORK = ("request_count", "waited")


class JobListAdmin(WithFiles, WithLiveRows, ReadOnlyAdmin):
    """What the three lists of jobs have in common. Each shows the jobs of some statuses; all of
    them lead to the one page of a job.
    """

    statuses: tuple[str, ...]
    live_list: str
    file_name = "jobs"
    file_columns = JOBS
    list_before_template = "web/jobs/live_list.html"
    search_fields: tuple[str, ...] = ("customer__name", "pk__exact")
    search_help_text = _("Search by customer or job ID")
    list_select_related = ("customer",)
    list_display_links = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[JobChangeList]:
        return JobChangeList

    def rows(self, scope: Scope) -> QuerySet[Any]:
        return with_requester(jobs_in(scope, self.model), scope)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, "jobs.view_jobrun")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_retry_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, RETRY)

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, CANCEL)

    def has_forget_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request.user, DELETE)

    def permits(self, action: str, row: Any) -> bool:
        return row.status in PERMITTED[action]

    @display(description=_("job"))
    def job(self, run: JobRun) -> str:
        return table_cells.row_link(
            run.pk, reverse("admin:jobs_jobrun_change", args=(run.pk,)), run.status
        )

    @display(description=_("status"))
    def state(self, run: JobRun) -> str:
        return table_cells.live("job", run.pk, "state", table_cells.state(run))

    @display(description=_("progress"))
    def progress(self, run: JobRun) -> str:
        return table_cells.live("job", run.pk, "progress", table_cells.progress(run))

    @display(description=_("duration"))
    def duration(self, run: JobRun) -> str:
        return table_cells.live("job", run.pk, "duration", table_cells.duration(run))

    @display(description=_("result"))
    def stats(self, run: JobRun) -> str:
        return table_cells.live("job", run.pk, "stats", table_cells.stats(run))

    @display(description=_("customer"))
    def of_customer(self, run: JobRun) -> str:
        if run.customer is None:
            return table_cells.NOTHING
        link = reverse("admin:customers_customer_change", args=(run.customer_id,))
        return format_html('<a class="text-link" href="{}">{}</a>', link, run.customer)

    @display(description=_("kind"))
    def kind_label(self, run: JobRun) -> str:
        return capfirst(str(label_of(run.kind)))

    @display(description=_("requested by"))
    def asked_by(self, run: Any) -> str:
        return table_cells.one_line(run.requester)

    @display(description=_("started"))
    def began(self, run: JobRun) -> str | None:
        return ago(run.started_at)

    @display(description=_("finished"))
    def ended(self, run: JobRun) -> str | None:
        return ago(run.finished_at)

    @display(description=_("attempt"))
    def attempt_number(self, run: JobRun) -> int:
        return run.attempt


class JobPointerAdmin(JobListAdmin):
    """A list of jobs without its own job pages."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:jobs_jobrun_change", args=(object_id,)))


@admin.register(JobRun, site=site)
class JobAdmin(JobListAdmin):
    statuses = (Status.RUNNING, *JobRun.ENDED)
    live_list = "jobs"
    empty_text = _("No jobs yet.")
    # Running jobs have no end, so they are first.
    ordering = ("-finished_at",)
    sorts: ClassVar = {
        "job": newest_first("pk"),
        "of_customer": by("customer__name"),
        "ended": newest_first("finished_at"),
    }
    sorted_by = "-ended"
    hidden_columns = ("began", "attempt_number", "asked_by")
    list_display = (
        "job",
        "of_customer",
        "state",
        "progress",
        "stats",
        "began",
        "ended",
        "duration",
        "attempt_number",
        "kind_label",
        "asked_by",
    )
    list_filter = (StatusFilter, KindFilter, ("customer", CustomerFilter), EndedFilter)
    actions_row = ("cancel", "retry")
    actions_detail = ("retry", "cancel", "forget")
    change_form_outer_before_template = "web/jobs/error.html"
    change_form_outer_after_template = "web/jobs/details.html"
    fieldsets = (
        (None, {"fields": FACTS}),
        (_("Times"), {"fields": TIMES}),
        (_("Zuora API usage"), {"fields": WORK}),
    )
    readonly_fields = (*FACTS, *TIMES, *WORK)

    class Media:
        css: ClassVar = {"all": ("web/changes/changes.css",)}

    def get_urls(self) -> list[Any]:
        return [
            path("live/", self.admin_site.admin_view(live), name="jobs_live"),
            *super().get_urls(),
        ]

    def rows(self, scope: Scope) -> QuerySet[JobRun]:
        with_others = super().rows(scope).select_related("customer", "worker", "batch")
        return with_others.defer("customer__zuora_client_secret")

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:
        """The actions that the job allows now."""
        run = self.get_object(request, unquote(str(object_id)))
        return [
            action
            for action in super().get_actions_detail(request, object_id)
            if run is not None and run.status in PERMITTED[action.method.__name__]
        ]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        run: Any = super().get_object(request, object_id, from_field)
        if run is not None:
            run.figures = table_cells.output(run)
            run.failures = _failures(scope_of(request.user), run)
            # Read by the template of the page only: the actions need none.
            run.changes = partial(_changes, request, run)
        return run

    @display(description=_("batch"))
    def of_batch(self, run: JobRun) -> str:
        if run.batch is None:
            return table_cells.NOTHING
        link = reverse("admin:jobs_jobbatch_change", args=(run.batch_id,))
        return format_html('<a class="text-link" href="{}">{}</a>', link, capfirst(str(run.batch)))

    @display(description=_("options"))
    def wishes(self, run: JobRun) -> str:
        """Beyond the usual."""
        wishes = {
            gettext("Full (re-export everything)"): "full" in run.arguments,
            gettext("Mass deletion allowed"): "allow_mass_delete" in run.arguments,
        }
        return ", ".join(words for words, asked in wishes.items() if asked) or gettext("Standard")

    @display(description=_("queued"))
    def queued(self, run: JobRun) -> str:
        return table_cells.moment(run.queued_at)

    @display(description=_("due"))
    def due(self, run: JobRun) -> str:
        return table_cells.moment(run.due_at)

    @display(description=_("started"))
    def start(self, run: JobRun) -> str:
        return table_cells.moment(run.started_at)

    @display(description=_("finished"))
    def end(self, run: JobRun) -> str:
        return table_cells.moment(run.finished_at)

    @display(description=_("resolved by a later job"))
    def resolved(self, run: JobRun) -> str:
        return table_cells.moment(run.resolved_at)

    @display(description=_("worker"))
    def at_worker(self, run: JobRun) -> str:
        return str(run.worker or table_cells.NOTHING)

    @display(description=_("requests"))
    def request_count(self, run: JobRun) -> int:
        return run.requests

    @display(description=_("time waiting for Zuora"))
    def waited(self, run: JobRun) -> str:
        return number_format(run.seconds_waited, decimal_pos=1) + " s"

    @post_action(permission=RETRY, description=_("Retry"), icon="replay")
    def retry(self, request: HttpRequest, run: JobRun) -> None:
        retry_job(request, run)

    @post_action(
        permission=CANCEL,
        description=_("Cancel"),
        icon="cancel",
        question=_(
            "A waiting job is removed from the queue. A running job stops after its current step;"
            " what it has stored is kept."
        ),
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, run: JobRun) -> None:
        cancel_job(request, run)

    @post_action(
        permission=DELETE,
        description=_("Delete"),
        icon="delete",
        question=_("Deletes this job's record and stack traces. Mirrored data is kept."),
        variant=ActionVariant.DANGER,
    )
    def forget(self, request: HttpRequest, run: JobRun) -> HttpResponse | None:
        if forget_job(request, run):
            return HttpResponseRedirect(reverse("admin:jobs_jobrun_changelist"))
        return None


def _failures(scope: Scope, run: JobRun) -> list[dict[str, Any]]:
    """The workflows that failed, each with the address of its page where it has one."""
    listed = (run.output or {}).get("errors", [])
    pks = keys_of(scope, run.customer_id, [failure["zuora_id"] for failure in listed])
    return [
        {
            **failure,
            "name": masked(failure["name"]),
            "reason": translated(failure["reason"], failure.get("details")),
            "url": reverse("admin:workflows_workflow_change", args=(pks[failure["zuora_id"]],))
            if failure["zuora_id"] in pks
            else None,
        }
        for failure in listed
    ]


def _changes(request: HttpRequest, run: JobRun) -> dict[str, Any]:
    """The workflows that the job created, updated or deleted."""
    if run.customer_id is None or not may(request.user, "workflows.view_workflow"):
        return {"entries": []}
    entries, has_more = changes_of_job(scope_of(request.user), run, MOST_CHANGES)
    return {
        "entries": as_shown(entries),
        "all": list_of(run.customer_id, "history_workflowchange") if has_more else "",
    }


def retry_job(request: HttpRequest, run: JobRun) -> None:
    try:
        control.retry(run.pk)
    except JobError as error:
        messages.error(request, in_our_language(error))
    else:
        messages.success(request, _("Job queued again."))


def cancel_job(request: HttpRequest, run: JobRun) -> None:
    try:
        outcome = control.cancel(run.pk)
    except JobError as error:
        messages.error(request, in_our_language(error))
    else:
        texts = {
            "cancelled": _("Job cancelled."),
            "asked": _("The job will stop after its current step."),
        }
        messages.success(request, texts[outcome])


def forget_job(request: HttpRequest, run: JobRun) -> bool:
    try:
        control.forget(run.pk)
    except JobError as error:
        messages.error(request, in_our_language(error))
        return False
    messages.success(request, _("Job deleted."))
    return True
