"""The tasks that the engine knows. Imported by the engine alone."""

import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.jobs import engine, runner, runs
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.sync.errors import SyncError
from workflow_mirror.zuora.errors import ZuoraError

log = structlog.get_logger(__name__)

AFTER_AN_OUTAGE = timedelta(seconds=1)
# The job run tells of them; every other error is a bug, and the log tells of that too.
EXPECTED = (ZuoraError, SyncError, DecryptionError)


class _AgainError(Exception):
    """Tells the engine to keep the job and run it again later."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"again in {after.total_seconds():.0f} s")
        self.after = after


class _AsToldRetry(BaseRetryStrategy):
    """The runner has decided already."""

    def get_retry_decision(
        self,
        *,
        exception: BaseException,
        job: Job,  # noqa: ARG002 - the engine passes it
    ) -> RetryDecision | None:
        if not isinstance(exception, _AgainError):
            return None
        return RetryDecision(retry_in={"seconds": int(exception.after.total_seconds())})


@app.task(name=engine.SYNC_TASK, pass_context=True, retry=_AsToldRetry())
def sync_customer(context: JobContext, *, run_id: int) -> None:
    lease = context.additional_context["lease"]
    lease.check()
    # This thread's connection may have been cut while it had nothing to do.
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    again_in = _perform(run_id, lease, context.should_abort)
    if again_in is not None:
        raise _AgainError(again_in)


def _perform(run_id: int, lease: Lease, must_stop: Callable[[], bool]) -> timedelta | None:
    try:
        return runner.perform(run_id, lease, must_stop)
    except EXPECTED:
        return None
    except (OperationalError, InterfaceError):
        # Perhaps what became of the job could not even be written.
        return _settle(run_id, lease)
    except Exception:
        log.exception("Bug in the sync", job_id=run_id)
        _end_as_failed(run_id, lease)
        return None


def _settle(run_id: int, lease: Lease) -> timedelta | None:
    """When the database is back, see what it knows of the job: what was begun is given back.

    A database that stays away is the heartbeat's affair: it ends the process.
    """
    while True:
        try:
            return _settle_now(run_id, lease)
        except runs.NotOursError:
            return None
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(AFTER_AN_OUTAGE.total_seconds())


def _settle_now(run_id: int, lease: Lease) -> timedelta | None:
    run = JobRun.objects.filter(pk=run_id).first()
    if run is None or run.status in JobRun.ENDED:
        return None
    if run.status in JobRun.QUEUED:
        return max(timedelta(0), run.due_at - timezone.now())
    if run.worker_id != lease.id:
        return None
    runs.give_back(run, AFTER_AN_OUTAGE, costs_a_try=False)
    return AFTER_AN_OUTAGE


def _end_as_failed(run_id: int, lease: Lease) -> None:
    """Does nothing unless the bug was in writing down how the job ended."""
    now = timezone.now()
    ours = JobRun.objects.filter(pk=run_id, status=JobRun.Status.RUNNING, worker=lease.id)
    if ours.update(
        status=JobRun.Status.FAILED,
        finished_at=now,
        error="A bug ended this job; the log has its trace",
    ):
        JobAttempt.objects.filter(job_run=run_id, finished_at=None).update(
            finished_at=now, outcome="failed"
        )
