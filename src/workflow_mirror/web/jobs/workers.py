"""Workers: the processes that are alive, and what each of them runs."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from workflow_mirror.access.scope import Scope
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.jobs.scoped import workers_in
from workflow_mirror.web.jobs.rows import WORKERS
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.base import ReadOnlyAdmin
from workflow_mirror.web.kit.list_files import WithFiles
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.kit.time_formats import ago


@admin.register(WorkerProcess, site=site)
class WorkerAdmin(WithFiles, ReadOnlyAdmin):
    empty_text = _("No workers.")
    file_name = "workers"
    file_columns = WORKERS
    list_before_template = "web/jobs/workers.html"
    ordering = ("started_at",)
    list_display = ("process", "slots", "started", "sign_of_life", "runs")
    fields = list_display
    readonly_fields = list_display
    list_display_links = None

    def rows(self, scope: Scope) -> QuerySet[WorkerProcess]:
        return workers_in(scope)

    @display(description=_("worker"))
    def process(self, worker: WorkerProcess) -> str:
        return str(worker)

    @display(description=_("concurrency"))
    def slots(self, worker: WorkerProcess) -> int:
        return worker.concurrency

    @display(description=_("started"))
    def started(self, worker: WorkerProcess) -> str | None:
        return ago(worker.started_at)

    @display(description=_("last heartbeat"))
    def sign_of_life(self, worker: WorkerProcess) -> str:
        return gettext("%(time)s ago") % {
            "time": table_cells.span(timezone.now() - worker.heartbeat_at)
        }

    @display(description=_("current job"))
    def runs(self, worker: Any) -> str:
        return format_html_join(
            "", '<div class="worker-job">{} {}</div>', map(_job, worker.running)
        )


def _job(run: JobRun) -> tuple[str, str]:
    link = format_html(
        '<a class="text-link" href="{}">{}</a>',
        reverse("admin:jobs_jobrun_change", args=(run.pk,)),
        run.customer or run.name,
    )
    return link, table_cells.live("job", run.pk, "progress", table_cells.progress(run))
