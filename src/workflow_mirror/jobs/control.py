"""What people do with jobs: cancel, retry, forget. Every surface calls these."""

from collections.abc import Callable, Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.functional import Promise

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record
from workflow_mirror.jobs import engine, reaper
from workflow_mirror.jobs.errors import (
    EndedAlreadyError,
    JobError,
    NoRetryError,
    NotEndedError,
    NothingToRetryError,
    QueuedAlreadyError,
    UnknownJobError,
)
from workflow_mirror.jobs.kinds import Kind, Priority, kind_named
from workflow_mirror.jobs.lease import expiry_time
from workflow_mirror.jobs.models import JobRun, WorkerProcess

Status = JobRun.Status
RETRYABLE = (Status.FAILED, Status.COMPLETED_WITH_ERRORS, Status.CANCELLED)


def cancel(run_id: int) -> str:
    """Take a queued job out of the queue, or ask a running one to stop; "cancelled" or "asked".

    A running job stops within seconds, and keeps the data it has stored. If its worker has
    expired, the job is taken from it first. Raises JobError if the job has ended.
    """
    run = JobRun.objects.filter(pk=run_id, status=Status.RUNNING).first()
    if run is not None and _is_lost(run):
        reaper.reap()
    return _cancel(run_id)


@transaction.atomic
def _cancel(run_id: int) -> str:
    run = _locked(run_id)
    if run.status in JobRun.QUEUED:
        _take_out(run)
        _record(Action.JOB_CANCELLED, run)
        return "cancelled"
    if run.status == Status.RUNNING:
        run.cancel_requested = True
        run.save(update_fields=["cancel_requested"])
        _record(Action.JOB_CANCELLED, run)
        return "asked"
    raise EndedAlreadyError(id=run_id)


def _is_lost(run: JobRun) -> bool:
    alive = WorkerProcess.objects.filter(heartbeat_at__gte=expiry_time())
    return run.worker_id is None or not alive.filter(pk=run.worker_id).exists()


def cancel_batch(batch_id: int, among: QuerySet[JobRun] | None = None) -> tuple[int, int]:
    """Cancel a batch's unfinished jobs: how many were removed, how many asked to stop.

    `among`: only those of these jobs, for a user who may not see all of them.
    """
    runs = JobRun.objects.all() if among is None else among
    alive = runs.filter(batch=batch_id).exclude(status__in=JobRun.ENDED).order_by("pk")
    outcomes: list[str] = []
    for_each(list(alive.values_list("pk", flat=True)), lambda pk: outcomes.append(cancel(pk)))
    return outcomes.count("cancelled"), outcomes.count("asked")


@transaction.atomic
def retry(run_id: int) -> None:
    """Queue an ended job again, with all its tries; a waiting retry becomes due now.

    After *completed with errors* only the failed part is repeated, if the kind supports that.
    Arguments for one try, such as mass deletion, are dropped. Raises JobError
    if there is nothing to retry, or a job with the same key is already queued.
    """
    run = _locked(run_id)
    if run.status not in (*RETRYABLE, Status.RETRYING):
        raise NothingToRetryError(id=run_id, status=_in_english(run.get_status_display()))
    kind = kind_named(run.kind)
    if not kind.people_may_retry:
        raise NoRetryError(kind=_in_english(kind.label))
    if run.status != Status.RETRYING:
        _start_over(run, kind)
    run.due_at, run.priority = timezone.now(), Priority.PEOPLE
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        queued = run.customer.name if run.customer else run.name
        raise QueuedAlreadyError(customer=queued) from error
    _record(Action.JOB_RETRIED, run)
    engine.wake([(run.pk, run.due_at, run.priority)])


def _start_over(run: JobRun, kind: Kind) -> None:
    run.arguments = kind.lasting(run.arguments)
    if run.status == Status.COMPLETED_WITH_ERRORS and kind.after_errors:
        rest = kind_named(kind.after_errors)
        run.kind, run.name, run.arguments = rest.name, rest.title, {}
    run.status, run.attempt, run.worker, run.workers_lost = Status.WAITING, 0, None, 0
    run.queue, run.is_joinable = engine.QUEUE, True
    run.cancel_requested, run.started_at, run.finished_at = False, None, None
    run.resolved_at = None


def retry_all() -> tuple[list[int], list[JobError]]:
    """Retry all failed jobs but the resolved: IDs of the queued ones, why others were not."""
    return for_each(failed_ids(), retry)


def for_each(
    run_ids: Iterable[int], act: Callable[[int], object]
) -> tuple[list[int], list[JobError]]:
    """Apply the action to each job: the IDs of the changed jobs, and reasons for the others."""
    done, refused = list[int](), list[JobError]()
    for run_id in run_ids:
        try:
            act(run_id)
            done.append(run_id)
        except JobError as error:
            refused.append(error)
    return done, refused


@transaction.atomic
def forget(run_id: int) -> None:
    """Delete an ended job with its attempts. Raises JobError if it has not ended."""
    run = _locked(run_id)
    if run.status not in JobRun.ENDED:
        raise NotEndedError(id=run_id, status=_in_english(run.get_status_display()))
    _record(Action.JOB_DELETED, run)
    run.delete()


@transaction.atomic
def flush() -> int:
    """Delete all failed jobs; how many."""
    _rows, deleted = JobRun.objects.filter(status=Status.FAILED).delete()
    number = int(deleted.get("jobs.JobRun", 0))
    record(Action.FAILED_JOBS_DELETED, number=number)
    return number


def clear() -> int:
    """Cancel all jobs that wait in the queue; how many."""
    waiting = list(JobRun.objects.filter(status__in=JobRun.QUEUED).values_list("pk", flat=True))
    number = sum(_clear(run_id) for run_id in waiting)
    record(Action.QUEUE_CLEARED, number=number)
    return number


def failed_ids() -> list[int]:
    """Without those that are resolved."""
    failed = JobRun.objects.filter(status=Status.FAILED, resolved_at=None).order_by("pk")
    return list(failed.values_list("pk", flat=True))


@transaction.atomic
def _clear(run_id: int) -> bool:
    """Cancel the job unless it has begun meanwhile."""
    queued = JobRun.objects.select_for_update().filter(pk=run_id, status__in=JobRun.QUEUED)
    run = queued.first()
    if run is not None:
        _take_out(run)
    return run is not None


def _record(action: Action, run: JobRun) -> None:
    target = f"{run.customer}: {run.name}" if run.customer else run.name
    record(action, target, customer_id=run.customer_id, job=run.pk, status=run.status)


def _take_out(run: JobRun) -> None:
    # Its call still arrives, and finds nothing to do.
    run.status, run.finished_at = Status.CANCELLED, timezone.now()
    run.save(update_fields=["status", "finished_at"])


def _in_english(label: str | Promise) -> str:
    """An error is translated where it is shown."""
    with translation.override(None):
        return str(label)


def _locked(run_id: int) -> JobRun:
    run = JobRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise UnknownJobError(run_id)
    return run
