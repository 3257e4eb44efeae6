"""The engine's only task. Only the engine imports this module."""

import time
from collections.abc import Callable, Iterable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app

from workflow_mirror.error_texts import error_text, is_out_of_resources
from workflow_mirror.errors import SafeError
from workflow_mirror.jobs import engine, runner, runs
from workflow_mirror.jobs.errors import BugError, NotOursError
from workflow_mirror.jobs.kinds import Helper
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobAttempt, JobRun

log = structlog.get_logger(__name__)

AFTER_AN_OUTAGE = timedelta(seconds=1)


# The alias is the name that calls had before there were several kinds of job.
@app.task(name=engine.TASK, aliases=["sync_customer"], pass_context=True)
def run_job(context: JobContext, *, run_id: int) -> None:
    """Never fails: what became of the job is written in job_manager."""
    lease: Lease = context.additional_context["lease"]
    lease.check()
    perform(run_id, lease, context.should_abort, context.additional_context["helpers"])


def perform(
    run_id: int, lease: Lease, must_stop: Callable[[], bool], helpers: Iterable[Helper]
) -> None:
    try:
        runner.perform(run_id, lease, must_stop, helpers)
    except SafeError:
        return
    except (OperationalError, InterfaceError) as error:
        # Perhaps what became of the job could not even be written.
        log.warning("The database failed during a job", reason=error_text(error), job_id=run_id)
        _settle(run_id, lease, _pause_after(error))
    except Exception:
        log.exception("Bug in a job", **runs.logged_by_id(run_id))
        _end_as_failed(run_id, lease)


def _pause_after(error: Exception) -> timedelta:
    """A database that was away is back when the job can be given back; one that is full is not."""
    if is_out_of_resources(error):
        return timedelta(seconds=settings.ZWM_SYNC_BACKOFF)
    return AFTER_AN_OUTAGE


def _settle(run_id: int, lease: Lease, pause: timedelta) -> None:
    """When the database is back, give back the job if it is still ours.

    A database that stays away stops the heartbeat, which ends the process.
    """
    connection.close()  # it may have been cut while this thread had nothing to do
    while True:
        try:
            run = _ours(run_id, lease).first()
            if run is not None:
                runs.give_back(run, pause, costs_a_try=False)
        except NotOursError:
            return
        except (DatabaseError, InterfaceError):
            connection.close()
            time.sleep(AFTER_AN_OUTAGE.total_seconds())
        else:
            return


def _end_as_failed(run_id: int, lease: Lease) -> None:
    """Does nothing unless the bug was in writing down how the job ended."""
    now = timezone.now()
    columns = runs.error_columns(BugError())
    if _ours(run_id, lease).update(status=JobRun.Status.FAILED, finished_at=now, **columns):
        JobAttempt.objects.filter(job_run=run_id, finished_at=None).update(
            finished_at=now, outcome=JobAttempt.Outcome.FAILED
        )


def _ours(run_id: int, lease: Lease) -> QuerySet[JobRun]:
    return JobRun.objects.filter(pk=run_id, status=JobRun.Status.RUNNING, worker=lease.id)
