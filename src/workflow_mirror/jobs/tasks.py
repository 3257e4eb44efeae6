"""The tasks that the engine knows. Imported by the engine alone."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

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

    def __init__(self, due_at: datetime) -> None:
        super().__init__(f"again at {due_at}")
        self.due_at = due_at


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
        return RetryDecision(retry_at=exception.due_at)


@app.task(name=engine.SYNC_TASK, pass_context=True, retry=_AsToldRetry())
def sync_customer(context: JobContext, *, run_id: int) -> None:
    lease, tokens = (context.additional_context[name] for name in ("lease", "tokens"))
    lease.check()
    due_at = _perform(run_id, lease, context.should_abort, tokens.look)
    if due_at is not None:
        raise _AgainError(due_at)


def _perform(
    run_id: int, lease: Lease, must_stop: Callable[[], bool], on_begin: Callable[[], None]
) -> datetime | None:
    """Do the job; the moment at which it is due again, if it is."""
    try:
        again = runner.perform(run_id, lease, must_stop, on_begin) is not None
        return _due_at(run_id) if again else None
    except EXPECTED:
        return None
    except (OperationalError, InterfaceError):
        # Perhaps what became of the job could not even be written.
        return _settle(run_id, lease)
    except Exception:
        log.exception("Bug in the sync", **_ids(run_id))
        _end_as_failed(run_id, lease)
        return None


def _due_at(run_id: int) -> datetime | None:
    """As the job run says, so that the engine agrees with it to the microsecond."""
    queued = JobRun.objects.filter(pk=run_id, status__in=JobRun.QUEUED)
    return queued.values_list("due_at", flat=True).first()


def _ids(run_id: int) -> dict[str, int | None]:
    """What every log line of a job carries; nothing is bound any more once its runner has ended."""
    run = JobRun.objects.filter(pk=run_id).first()
    customer = {"batch_id": run.batch_id, "customer_id": run.customer_id} if run else {}
    return {"job_id": run_id, **customer}


def _settle(run_id: int, lease: Lease) -> datetime | None:
    """When the database is back, see what it knows of the job: what was begun is given back.

    A database that stays away is the heartbeat's affair: it ends the process.
    """
    connection.close()  # it may have been cut while this thread had nothing to do
    while True:
        try:
            return _settle_now(run_id, lease)
        except runs.NotOursError:
            return None
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(AFTER_AN_OUTAGE.total_seconds())


def _settle_now(run_id: int, lease: Lease) -> datetime | None:
    run = JobRun.objects.filter(pk=run_id, status=JobRun.Status.RUNNING, worker=lease.id).first()
    if run is not None:
        runs.give_back(run, AFTER_AN_OUTAGE, costs_a_try=False)
    return _due_at(run_id)


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
            finished_at=now, outcome=JobAttempt.Outcome.FAILED
        )
