"""What people do with jobs: cancel, retry, forget. Every surface calls these."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from workflow_mirror.jobs import engine
from workflow_mirror.jobs.errors import JobError, UnknownJobError
from workflow_mirror.jobs.models import JobRun

Status = JobRun.Status
RETRYABLE = (Status.FAILED, Status.COMPLETED_WITH_ERRORS, Status.CANCELLED)


@transaction.atomic
def cancel(run_id: int) -> str:
    """Take a queued job out of the queue, or ask a running one to stop; "cancelled" or "asked".

    A running job stops at its next step, and keeps what it has stored. Raises JobError for one
    that has ended.
    """
    run = _locked(run_id)
    if run.status in JobRun.QUEUED:
        _take_out(run)
        return "cancelled"
    if run.status == Status.RUNNING:
        run.cancel_requested = True
        run.save(update_fields=["cancel_requested"])
        return "asked"
    raise JobError(f"Job {run_id} has ended already")


@transaction.atomic
def retry(run_id: int) -> None:
    """Queue an ended job once more, with all its tries.

    After *completed with errors* only the exports that failed are taken up. Raises JobError where
    the job has not failed, or a sync of the customer is queued anyway.
    """
    run = _locked(run_id)
    if run.status not in RETRYABLE:
        raise JobError(f"Job {run_id} is {run.get_status_display()}: there is nothing to retry")
    now = timezone.now()
    run.failed_only = run.status == Status.COMPLETED_WITH_ERRORS
    run.status, run.attempt, run.worker = Status.WAITING, 0, None
    run.cancel_requested, run.finished_at, run.due_at = False, None, now
    run.is_joinable = True
    [run.engine_job_id] = engine.queue([engine.Queued(run.pk, run.customer_id, now)])
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise JobError(f"A sync of {run.customer} is queued already") from error


def retry_all() -> tuple[list[int], list[str]]:
    """Retry every failed job: the ids of those queued, and why others were not."""
    queued, refused = [], []
    for run_id in failed_ids():
        try:
            retry(run_id)
            queued.append(run_id)
        except JobError as error:
            refused.append(str(error))
    return queued, refused


@transaction.atomic
def forget(run_id: int) -> None:
    """Delete an ended job with its attempts. Raises JobError for one that has not ended."""
    run = _locked(run_id)
    if run.status not in JobRun.ENDED:
        raise JobError(f"Job {run_id} is {run.get_status_display()}: cancel it first")
    run.delete()


def flush() -> int:
    """Delete all failed jobs; how many."""
    _, deleted = JobRun.objects.filter(status=Status.FAILED).delete()
    return deleted.get("jobs.JobRun", 0)


def clear() -> int:
    """Cancel all jobs that wait in the queue; how many."""
    waiting = list(JobRun.objects.filter(status__in=JobRun.QUEUED).values_list("pk", flat=True))
    return sum(_clear(run_id) for run_id in waiting)


def failed_ids() -> list[int]:
    failed = JobRun.objects.filter(status=Status.FAILED).order_by("pk")
    return list(failed.values_list("pk", flat=True))


@transaction.atomic
def _clear(run_id: int) -> bool:
    """Cancel the job unless it has begun meanwhile."""
    queued = JobRun.objects.select_for_update().filter(pk=run_id, status__in=JobRun.QUEUED)
    run = queued.first()
    if run is not None:
        _take_out(run)
    return run is not None


def _take_out(run: JobRun) -> None:
    if run.engine_job_id is not None:
        engine.cancel(run.engine_job_id)
    run.status, run.finished_at = Status.CANCELLED, timezone.now()
    run.save(update_fields=["status", "finished_at"])


def _locked(run_id: int) -> JobRun:
    run = JobRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise UnknownJobError(run_id)
    return run
