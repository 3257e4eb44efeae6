"""A sync as a job: its options, its reports and its output."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from django.conf import settings

from workflow_mirror.history.earlier.kinds import request_if_needed
from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.work import Work
from workflow_mirror.sync import reindex_requests
from workflow_mirror.sync.service import Progress, WorkflowSyncService


def run_sync(
    work: Work, on_progress: Callable[[Progress], None] = lambda _: None, **options: bool
) -> None:
    """Sync the job's customer; raises what the sync raises."""
    customer = work.run.customer
    if customer is None:
        raise ValueError("A sync needs a customer")
    latest: Progress | None = None

    def watch(progress: Progress) -> None:
        nonlocal latest
        latest = progress
        on_progress(progress)
        work.note()

    def report() -> Report:
        stats = service.stats
        return Report(
            output=dict(stats),
            done=stats["total"],
            total=latest.listed if latest else 0,
            requests=stats["requests"],
            waited=service.seconds_waited,
            waiting_until=latest.waiting_until if latest else None,
        )

    service = WorkflowSyncService(
        on_progress=watch,
        longest=timedelta(hours=settings.ZWM_SYNC_HOURS),
        job_run=work.run.pk,
    )
    work.report = report
    stats = service.sync_customer_workflows(customer, **options)
    work.report = lambda: replace(report(), with_errors=bool(stats["failed"]))
    if stats["created"]:
        reindex_requests.request_if_needed()
    if stats["total"]:  # one that found no workflows leaves it to the next
        request_if_needed(customer)
