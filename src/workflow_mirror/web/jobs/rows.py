"""The lists of jobs and batches as rows of files."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from workflow_mirror.error_texts import translated
from workflow_mirror.jobs.kinds import label_of
from workflow_mirror.web.kit.file_columns import FileColumn, field, time
from workflow_mirror.web.kit.table_cells import state_words, stats

if TYPE_CHECKING:
    from workflow_mirror.jobs.models import JobRun

JOBS: tuple[FileColumn, ...] = (
    field("pk", _("job")),
    FileColumn(_("customer"), lambda run: run.customer.name if run.customer else ""),
    FileColumn(_("kind"), lambda run: capfirst(str(label_of(run.kind)))),
    FileColumn(_("status"), state_words),
    FileColumn(_("result"), lambda run: stats(run) if run.output else ""),
    field("requester", _("requested by")),
    field("batch_id", _("batch")),
    field("attempt", _("attempt")),
    time("queued_at", _("queued")),
    time("due_at", _("due")),
    time("started_at", _("started")),
    time("finished_at", _("finished")),
    field("requests", _("requests")),
    FileColumn(_("error"), lambda run: translated(run.error, run.error_details)),
    time("resolved_at", _("resolved by a later job")),
)
WAITING: tuple[FileColumn, ...] = (
    FileColumn(_("position"), lambda run: run.place.number if run.place else None),
    FileColumn(
        _("estimated start"),
        lambda run: run.place.starts_at if run.place else None,
        is_time=True,
    ),
    *JOBS,
)
BATCHES = (
    field("pk", _("batch")),
    field("requester", _("requested by")),
    time("created_at", _("requested")),
    FileColumn(pgettext_lazy("jobs", "waiting"), lambda batch: batch.counts.waiting),
    FileColumn(pgettext_lazy("jobs", "running"), lambda batch: batch.counts.running),
    FileColumn(pgettext_lazy("jobs", "done"), lambda batch: batch.counts.done),
    FileColumn(pgettext_lazy("jobs", "failed"), lambda batch: batch.counts.failed),
    FileColumn(pgettext_lazy("jobs", "cancelled"), lambda batch: batch.counts.cancelled),
)
WORKERS = (
    field("host", _("host")),
    field("pid", _("process ID")),
    field("concurrency", _("concurrency")),
    time("started_at", _("started")),
    time("heartbeat_at", _("last heartbeat")),
    FileColumn(_("current job"), lambda worker: ", ".join(_running(worker))),
)


def _running(worker: Any) -> Iterator[str]:
    runs: list[JobRun] = worker.running
    return (str(run.customer or run.name) for run in runs)
