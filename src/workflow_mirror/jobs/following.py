"""Following queued jobs until they end, for whoever waits for them."""

import time
from collections.abc import Callable
from typing import cast

from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.requests import Requested
from workflow_mirror.sync import Progress, SyncStats
from workflow_mirror.sync.results import Status, SyncResult
from workflow_mirror.sync.stats import Tally

SECONDS_BETWEEN_LOOKS = 0.3


def follow(jobs: list[Requested], on_progress: Callable[[Progress], None]) -> list[SyncResult]:
    """Wait until all jobs have ended, and tell how; in the order of `jobs`."""
    while True:
        runs = JobRun.objects.select_related("customer").in_bulk([job.id for job in jobs])
        for run in runs.values():
            if run.status not in JobRun.QUEUED:
                on_progress(_progress(run))
        if all(run.status in JobRun.ENDED for run in runs.values()):
            return [_result(job, runs.get(job.id)) for job in jobs]
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _progress(run: JobRun) -> Progress:
    return Progress(
        customer=run.customer,
        done=run.progress_done,
        listed=run.progress_total,
        listing_complete=run.status in JobRun.ENDED,
        requests=run.requests,
        errors=(run.output or {}).get("errors", 0),
    )


def _result(job: Requested, run: JobRun | None) -> SyncResult:
    if run is None:
        return SyncResult(job.customer, Status.FAILED, _no_stats(), f"Job {job.id} was deleted")
    stats = _no_stats()
    # The database gives the keys in an order of its own.
    stats.update(cast("SyncStats", run.output or {}))
    if run.status == JobRun.Status.CANCELLED:
        return SyncResult(job.customer, Status.FAILED, stats, f"Job {job.id} was cancelled")
    return SyncResult(job.customer, Status(run.status), stats, run.error or None)


def _no_stats() -> SyncStats:
    return Tally().stats(requests=0, seconds=0.0)
