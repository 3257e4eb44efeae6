"""Doing one job, from the queue to its end, whatever its kind."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.error_texts import error_text, error_traceback
from workflow_mirror.jobs import runs
from workflow_mirror.jobs.errors import CancelledError, GiveBackError, NotOursError
from workflow_mirror.jobs.kinds import Helper, Kind, kind_named
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import DIRECT, JobRun
from workflow_mirror.jobs.retry import FAILED, judge
from workflow_mirror.jobs.work import Work

log = structlog.get_logger(__name__)

Status = JobRun.Status


def perform(
    run_id: int, lease: Lease, must_stop: Callable[[], bool], helpers: Iterable[Helper]
) -> None:
    """Do the job if it is still to be done. Raises the handler's error where it failed for good."""
    run = runs.begin(run_id, lease)
    if run is None:
        log.info("This job has nothing to do now", **runs.logged_by_id(run_id))
        return
    with logged_as(run):
        try:
            for helper in helpers:
                helper.look()
            attempt(Work(run, lease, must_stop), kind_named(run.kind))
        except NotOursError:
            log.warning("This job went to another worker meanwhile")


def logged_as(run: JobRun) -> AbstractContextManager[object]:
    """Every log line inside names the job, in whatever thread."""
    return structlog.contextvars.bound_contextvars(**runs.logged(run))


def attempt(work: Work, kind: Kind, handler: Callable[[Work], None] | None = None) -> None:
    """Call the handler, the kind's unless another is given, and write down how it ended.

    Raises the handler's error where the job has failed for good.
    """
    log.info("Job started", attempt=work.run.attempt)
    try:
        (handler or kind.handler)(work)
    except CancelledError:
        _end(work, Status.CANCELLED)
    except (KeyboardInterrupt, SystemExit):  # a direct run that is stopped by a signal
        # Where the database does not answer, the lost process is noticed later.
        with suppress(DatabaseError, InterfaceError, NotOursError):
            _end(work, Status.CANCELLED)
        raise
    except Exception as error:
        work.check()
        if not _goes_back(work, kind, error):
            raise
    else:
        work.check()
        status = Status.COMPLETED_WITH_ERRORS if work.report().with_errors else Status.SUCCEEDED
        _end(work, status, resolves={kind.name, *kind.includes})


def _goes_back(work: Work, kind: Kind, error: Exception) -> bool:
    """Put the job back into the queue, or end it as failed, as the error's kind wants it."""
    run = work.run
    verdict = FAILED if run.queue == DIRECT else judge(kind, error, run.attempt)
    trace = error_traceback(error)
    # The error may have been the connection's; what follows needs one that works.
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    if verdict.again_in is None:
        _end(work, Status.FAILED, error=error, exception=trace)
        return isinstance(error, GiveBackError)
    if not isinstance(error, GiveBackError):
        log.warning("The job is tried again later", reason=error_text(error))
    is_retry = verdict.costs_a_try
    runs.give_back(
        run,
        verdict.again_in,
        costs_a_try=is_retry,
        arguments=kind.lasting(run.arguments) if is_retry else None,
        error=error if is_retry else None,
        exception=trace if is_retry else "",
    )
    _log_end(work, Status.RETRYING if is_retry else Status.WAITING)
    return True


def _end(work: Work, status: JobRun.Status, **more: Any) -> None:
    runs.end(work.run, status, work.report(), **more)
    _log_end(work, status)


def _log_end(work: Work, status: JobRun.Status) -> None:
    """`status` is the job's now: it waits again after an attempt that was given back."""
    log.info("Job ended", status=status.value, seconds=round(work.seconds, 3))
