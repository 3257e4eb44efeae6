"""Failed Jobs: what went wrong, and trying again."""

from typing import ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import truncatechars
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from workflow_mirror.access.scope import Scope
from workflow_mirror.error_texts import translated
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import with_attempt_count
from workflow_mirror.web.jobs.admin import DELETE, RETRY, JobPointerAdmin, forget_job, retry_job
from workflow_mirror.web.jobs.filters import EndedFilter, KindFilter, ResolvedFilter
from workflow_mirror.web.jobs.selected import ask_about_marked, do_to_marked
from workflow_mirror.web.kit.actions import post_action
from workflow_mirror.web.kit.filters import CustomerFilter
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.sorting import by, newest_first
from workflow_mirror.web.models import FailedJob

LONGEST_ERROR = 160  # in the list; the page of the job has it whole


@admin.register(FailedJob, site=site)
class FailedJobAdmin(JobPointerAdmin):
    statuses = (JobRun.Status.FAILED,)
    live_list = "failed"
    file_name = "failed-jobs"
    empty_text = _("No failed jobs.")
    ordering = ("-finished_at",)
    sorts: ClassVar = {
        "job": newest_first("pk"),
        "of_customer": by("customer__name"),
        "ended": newest_first("finished_at"),
    }
    sorted_by = "-ended"
    list_display = (
        "job",
        "of_customer",
        "state",
        "reason",
        "attempt_count",
        "ended",
        "kind_label",
        "asked_by",
    )
    list_filter = (KindFilter, ("customer", CustomerFilter), EndedFilter, ResolvedFilter)
    search_fields = (*JobPointerAdmin.search_fields, "error")
    search_help_text = _("Search by customer, job ID or error")
    actions = ("retry_marked", "delete_marked")
    actions_row = ("retry", "forget")

    def rows(self, scope: Scope) -> QuerySet[FailedJob]:
        return with_attempt_count(super().rows(scope))

    @display(description=_("error"))
    def reason(self, run: JobRun) -> str:
        error = translated(run.error, run.error_details)
        return format_html(
            '<span class="job-error" title="{}">{}</span>',
            error,
            truncatechars(error, LONGEST_ERROR),
        )

    @display(description=_("attempts"))
    def attempt_count(self, run: FailedJob) -> int:
        return run.tries or run.attempt  # type: ignore[attr-defined]  # annotated above

    @post_action(permission=RETRY, description=_("Retry"), icon="replay")
    def retry(self, request: HttpRequest, run: JobRun) -> None:
        retry_job(request, run)

    @post_action(
        permission=DELETE,
        description=_("Delete"),
        icon="delete",
        question=_("Deletes this job's record and stack traces. Mirrored data is kept."),
        variant=ActionVariant.DANGER,
    )
    def forget(self, request: HttpRequest, run: JobRun) -> None:
        forget_job(request, run)

    @action(description=_("Retry selected"), permissions=["retry"])
    def retry_marked(self, request: HttpRequest, runs: QuerySet[JobRun]) -> None:
        if done := do_to_marked(request, runs, control.retry):
            messages.success(
                request,
                ngettext("%d job queued again.", "%d jobs queued again.", done) % done,
            )

    @action(description=_("Delete selected"), permissions=["forget"])
    def delete_marked(self, request: HttpRequest, runs: QuerySet[JobRun]) -> HttpResponse | None:
        question = gettext(
            "Deletes the records and stack traces of these jobs. Mirrored data is kept."
        )
        if asked := ask_about_marked(self, request, runs, question):
            return asked
        if done := do_to_marked(request, runs, control.forget):
            messages.success(request, ngettext("%d job deleted.", "%d jobs deleted.", done) % done)
        return None
