"""Doing one job: a sync of its customer, from the queue to its end."""

import time
import traceback
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import connection

from workflow_mirror.jobs import runs
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.retry import CancelledError, GiveBackError, judge
from workflow_mirror.sync import Progress, SyncStats, WorkflowSyncService

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_NOTES = 1.0
Status = JobRun.Status


class SyncJob:
    """One attempt at a job run. `must_stop()` tells that the worker wants to end."""

    def __init__(self, run: JobRun, lease: Lease, must_stop: Callable[[], bool]) -> None:
        self._run = run
        self._lease = lease
        self._must_stop = must_stop
        self._noted_at = time.monotonic()
        self._service = WorkflowSyncService(on_progress=self._watch)

    def perform(self) -> timedelta | None:
        """Sync and write down how it ended; the time after which the job is due again, if it is.

        Raises the sync's error where the job has failed for good.
        """
        try:
            stats = self._service.sync_customer_workflows(
                self._run.customer,
                full=self._run.full,
                allow_mass_delete=self._run.allow_mass_delete,
                failed_only=self._run.failed_only,
            )
        except CancelledError:
            self._end(Status.CANCELLED, self._service.stats)
            return None
        except Exception as error:
            self._lease.check()
            again_in = self._judge(error)
            if again_in is None and not isinstance(error, GiveBackError):
                raise
            return again_in
        self._lease.check()
        status = Status.COMPLETED_WITH_ERRORS if stats["errors"] else Status.SUCCEEDED
        self._end(status, stats)
        return None

    def _judge(self, error: Exception) -> timedelta | None:
        verdict = judge(error, self._run.attempt)
        trace = "".join(traceback.format_exception(error))
        # The error may have been the connection's; what follows needs one that works.
        if connection.connection is not None and not connection.is_usable():
            connection.close()
        if verdict.again_in is None:
            self._end(Status.FAILED, self._service.stats, error=str(error), exception=trace)
            return None
        runs.give_back(
            self._run,
            verdict.again_in,
            costs_a_try=verdict.costs_a_try,
            error=str(error) if verdict.costs_a_try else "",
            exception=trace if verdict.costs_a_try else "",
        )
        return verdict.again_in

    def _end(
        self, status: JobRun.Status, stats: SyncStats, *, error: str = "", exception: str = ""
    ) -> None:
        runs.end(
            self._run,
            status,
            output=dict(stats),
            waited=self._service.seconds_waited,
            error=error,
            exception=exception,
        )

    def _watch(self, progress: Progress) -> None:
        """Between two steps of the sync: look whether to go on, and note how far it is."""
        self._lease.check()
        if self._must_stop():
            raise GiveBackError
        if time.monotonic() - self._noted_at < SECONDS_BETWEEN_NOTES:
            return
        self._noted_at = time.monotonic()
        if runs.note_progress(
            self._run,
            done=progress.done,
            total=progress.listed,
            requests=progress.requests,
            waited=self._service.seconds_waited,
        ):
            raise CancelledError


def perform(
    run_id: int,
    lease: Lease,
    must_stop: Callable[[], bool],
    on_begin: Callable[[], None] = lambda: None,
) -> timedelta | None:
    """Do the job if it is still to be done; see `SyncJob.perform`."""
    run = runs.begin(run_id, lease)
    if run is None:
        log.info("This job is over already", job_id=run_id)
        return None
    with structlog.contextvars.bound_contextvars(
        job_id=run.pk, batch_id=run.batch_id, customer_id=run.customer_id
    ):
        try:
            on_begin()
            return SyncJob(run, lease, must_stop).perform()
        except runs.NotOursError:
            log.warning("This job went to another worker meanwhile")
            return None
