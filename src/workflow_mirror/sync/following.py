"""Follows queued jobs until they end."""

import time
from collections.abc import Callable

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.requests import Requested
from workflow_mirror.sync.results import SyncResult, failure, result_of
from workflow_mirror.sync.service import Progress

SECONDS_BETWEEN_LOOKS = 0.3


def follow(jobs: list[Requested], on_progress: Callable[[Progress], None]) -> list[SyncResult]:
    """Wait until all jobs have ended; their outcomes in the order of `jobs`."""
    while True:
        runs = JobRun.objects.select_related("customer").in_bulk([job.id for job in jobs])
        for run in runs.values():
            if run.customer and run.status not in JobRun.QUEUED:
                on_progress(_progress(run, run.customer))
        if all(run.status in JobRun.ENDED for run in runs.values()):
            return [_result(job, runs.get(job.id)) for job in jobs]
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _progress(run: JobRun, customer: Customer) -> Progress:
    return Progress(
        customer=customer,
        done=run.progress_done,
        listed=run.progress_total,
        listing_complete=run.status in JobRun.ENDED,
        requests=run.requests,
        failed=(run.output or {}).get("failed", 0),
        waiting_until=run.waiting_until,
    )


def _result(job: Requested, run: JobRun | None) -> SyncResult:
    if run is None:
        return failure(job.customer, f"Job {job.id} was deleted")
    return result_of(run, job.customer)
