"""The tasks that the engine knows. Imported by the engine alone."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from workflow_mirror.error_texts import error_text, is_out_of_resources
from workflow_mirror.errors import SafeError
from workflow_mirror.jobs import engine, runner, runs
from workflow_mirror.jobs.errors import BugError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobAttempt, JobRun

log = structlog.get_logger(__name__)

AFTER_AN_OUTAGE = timedelta(seconds=1)


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
    except SafeError:
        return None
    except (OperationalError, InterfaceError) as error:
        # Perhaps what became of the job could not even be written.
        log.warning("The database failed during a job", reason=error_text(error), job_id=run_id)
        return _settle(run_id, lease, _pause_after(error))
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


def _pause_after(error: Exception) -> timedelta:
    """A database that was away is back when the job can be given back; one that is full is not."""
    if is_out_of_resources(error):
        return timedelta(seconds=settings.ZWM_SYNC_BACKOFF)
    return AFTER_AN_OUTAGE


def _settle(run_id: int, lease: Lease, pause: timedelta) -> datetime | None:
    """When the database is back, see what it knows of the job: what was begun is given back.

    A database that stays away stops the heartbeat, which ends the process.
    """
    connection.close()  # it may have been cut while this thread had nothing to do
    while True:
        try:
            return _settle_now(run_id, lease, pause)
        except runs.NotOursError:
            return None
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(AFTER_AN_OUTAGE.total_seconds())


def _settle_now(run_id: int, lease: Lease, pause: timedelta) -> datetime | None:
    run = JobRun.objects.filter(pk=run_id, status=JobRun.Status.RUNNING, worker=lease.id).first()
    if run is not None:
        runs.give_back(run, pause, costs_a_try=False)
    return _due_at(run_id)


def _end_as_failed(run_id: int, lease: Lease) -> None:
    """Does nothing unless the bug was in writing down how the job ended."""
    now = timezone.now()
    ours = JobRun.objects.filter(pk=run_id, status=JobRun.Status.RUNNING, worker=lease.id)
    if ours.update(
        status=JobRun.Status.FAILED,
        finished_at=now,
        **runs.error_columns(BugError()),
    ):
        JobAttempt.objects.filter(job_run=run_id, finished_at=None).update(
            finished_at=now, outcome=JobAttempt.Outcome.FAILED
        )
