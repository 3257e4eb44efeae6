"""The life of a job run: every change of its status is here, each one guarded update.

Whoever runs a job says so with its worker and attempt. An update that finds another worker or
attempt in the row changes nothing, and the caller learns that the job is no longer its own.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from workflow_mirror.jobs import engine
from workflow_mirror.jobs.errors import EngineError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.sync.errors import SyncStoppedError

Status = JobRun.Status


class NotOursError(SyncStoppedError):
    """The job was given to another worker meanwhile, or is at its end."""


@transaction.atomic
def begin(run_id: int, lease: Lease) -> JobRun | None:
    """Take a queued job; None where there is nothing to do, such as after a cancellation."""
    run = JobRun.objects.select_for_update().filter(pk=run_id, status__in=JobRun.QUEUED).first()
    if run is None:
        return None
    now = timezone.now()
    run.status = Status.RUNNING
    run.attempt += 1
    run.worker_id = lease.id
    run.started_at = run.started_at or now
    run.progress_done = run.progress_total = 0
    run.save()
    JobAttempt.objects.create(job_run=run, number=run.attempt, worker=lease.name, started_at=now)
    return run


def note_progress(run: JobRun, *, done: int, total: int, requests: int, waited: float) -> bool:
    """Write how far the job is; True if somebody asked to cancel it. Raises NotOursError."""
    _change(
        run,
        progress_done=done,
        progress_total=total,
        requests=requests,
        seconds_waited=waited,
    )
    return JobRun.objects.values_list("cancel_requested", flat=True).get(pk=run.pk)


@transaction.atomic
def end(  # noqa: PLR0913 - what there is to say of an end
    run: JobRun,
    status: JobRun.Status,
    *,
    output: dict[str, Any],
    waited: float,
    error: str = "",
    exception: str = "",
) -> None:
    """The job is over. Raises NotOursError."""
    now = timezone.now()
    _change(
        run,
        status=status,
        finished_at=now,
        output=output,
        requests=output["requests"],
        seconds_waited=waited,
        error=error,
        exception=exception,
        **_whole_progress(status, output),
    )
    _end_attempt(run, status.value, error, exception)


@transaction.atomic
def give_back(
    run: JobRun, again_in: timedelta, *, costs_a_try: bool, error: str = "", exception: str = ""
) -> None:
    """The job goes back into the queue. Raises NotOursError."""
    if not _queue_again(
        _ours(run),
        status=Status.RETRYING if costs_a_try else Status.WAITING,
        attempt=run.attempt if costs_a_try else run.attempt - 1,
        worker=None,
        due_at=timezone.now() + again_in,
        error=error,
        exception=exception,
    ):
        raise NotOursError
    _end_attempt(run, "retrying" if costs_a_try else "given back", error, exception)


@transaction.atomic
def take_from_the_dead(run: JobRun, now: datetime) -> None:
    """Queue the job of a worker that died, as if that had never begun it."""
    JobAttempt.objects.filter(job_run=run, finished_at=None).update(
        finished_at=now, outcome="worker lost"
    )
    _queue_again(
        JobRun.objects.filter(pk=run.pk),
        status=Status.WAITING,
        attempt=F("attempt") - 1,
        worker=None,
        due_at=now,
    )
    if run.engine_job_id is not None:
        # Where the engine does not have it any more, the reaper finds it among the lost.
        with suppress(EngineError), transaction.atomic():
            engine.queue_again(run.engine_job_id, now)


def _queue_again(runs: QuerySet[JobRun], **columns: Any) -> int:
    """Back into the queue; where the customer's next job waits already, that stays the one to join.

    The engine runs the two one after the other.
    """
    try:
        with transaction.atomic():
            return runs.update(is_joinable=True, **columns)
    except IntegrityError:
        return runs.update(is_joinable=False, **columns)


def _change(run: JobRun, **columns: Any) -> None:
    if not _ours(run).update(**columns):
        raise NotOursError


def _ours(run: JobRun) -> QuerySet[JobRun]:
    return JobRun.objects.filter(
        pk=run.pk, status=Status.RUNNING, worker=run.worker_id, attempt=run.attempt
    )


def _end_attempt(run: JobRun, outcome: str, error: str, exception: str) -> None:
    JobAttempt.objects.filter(job_run=run, finished_at=None).update(
        finished_at=timezone.now(), outcome=outcome, error=error, exception=exception
    )


def _whole_progress(status: JobRun.Status, output: dict[str, Any]) -> dict[str, int]:
    if status is Status.FAILED:
        return {}
    return {"progress_done": output["total"], "progress_total": output["total"]}
