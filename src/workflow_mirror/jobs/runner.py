"""Doing one job: a sync of its customer, from the queue to its end."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.error_texts import error_text, error_traceback
from workflow_mirror.jobs import runs
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.retry import FAILED, CancelledError, GiveBackError, judge
from workflow_mirror.sync import Progress, SyncStats, WorkflowSyncService

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_NOTES = 1.0
Status = JobRun.Status


class SyncJob:
    """One attempt at a job run. `must_stop()` tells that the worker wants to end."""

    def __init__(
        self,
        run: JobRun,
        lease: Lease,
        must_stop: Callable[[], bool] = lambda: False,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        self._run = run
        self._lease = lease
        self._must_stop = must_stop
        self._on_progress = on_progress
        self._noted_at = time.monotonic()
        self._service = WorkflowSyncService(
            on_progress=self._watch, longest=timedelta(hours=settings.ZWM_SYNC_HOURS)
        )

    @property
    def stats(self) -> SyncStats:
        return self._service.stats

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
            self._end(Status.CANCELLED, self.stats)
            return None
        except (KeyboardInterrupt, SystemExit):  # a direct run that is stopped by a signal
            # Where the database does not answer, the lost process is noticed later.
            with suppress(DatabaseError, InterfaceError, runs.NotOursError):
                self._end(Status.CANCELLED, self.stats)
            raise
        except Exception as error:
            self._lease.check()
            again_in = self._judge(error)
            if again_in is None and not isinstance(error, GiveBackError):
                raise
            return again_in
        self._lease.check()
        status = Status.COMPLETED_WITH_ERRORS if stats["failed"] else Status.SUCCEEDED
        self._end(status, stats)
        return None

    def _judge(self, error: Exception) -> timedelta | None:
        verdict = FAILED if self._run.queue == runs.DIRECT else judge(error, self._run.attempt)
        trace = error_traceback(error)
        # The error may have been the connection's; what follows needs one that works.
        if connection.connection is not None and not connection.is_usable():
            connection.close()
        if verdict.again_in is None:
            self._end(Status.FAILED, self.stats, error=error, exception=trace)
            return None
        if not isinstance(error, GiveBackError):
            log.warning("The job is tried again later", reason=error_text(error))
        runs.give_back(
            self._run,
            verdict.again_in,
            costs_a_try=verdict.costs_a_try,
            error=error if verdict.costs_a_try else None,
            exception=trace if verdict.costs_a_try else "",
        )
        return verdict.again_in

    def _end(
        self,
        status: JobRun.Status,
        stats: SyncStats,
        *,
        error: BaseException | None = None,
        exception: str = "",
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
        """At each step of the sync, and once a second while it waits for Zuora."""
        self._lease.check()
        self._on_progress(progress)
        if self._must_stop():
            raise GiveBackError
        if time.monotonic() - self._noted_at < SECONDS_BETWEEN_NOTES:
            return
        self._noted_at = time.monotonic()
        if runs.note_progress(self._run, progress, waited=self._service.seconds_waited):
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
        log.info("This job has ended already", job_id=run_id)
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
