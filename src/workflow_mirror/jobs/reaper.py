"""Taking over the jobs of workers whose heartbeat has stopped, and sending lost calls again."""

from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from workflow_mirror.jobs import engine, runs
from workflow_mirror.jobs.lease import expiry_time, stalled_before
from workflow_mirror.jobs.models import JobRun, WorkerProcess

log = structlog.get_logger(__name__)

# A frozen process keeps its connections, and with them the lock of its customer. They are cut.
_CUT_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND pid <> pg_backend_pid()
"""


def reap() -> int:
    """Return the jobs of lost and frozen workers to the queue; returns how many.

    Any worker may do this at any time; two at once do not do it twice.
    """
    expired = WorkerProcess.objects.filter(heartbeat_at__lt=expiry_time())
    reaped = sum(_expire(worker) for worker in expired)
    reaped += _take_jobs(Q(worker=None))
    return reaped + wake_forgotten()


def give_back_all(worker_id: UUID) -> int:
    """Return the jobs of a worker that must end now to the queue; returns how many.

    The worker calls this itself. Its connections are cut, so that its threads cannot write.
    """
    worker = WorkerProcess.objects.filter(pk=worker_id).first()
    return _expire(worker, is_to_blame=False) if worker else 0


@transaction.atomic
def wake_forgotten() -> int:
    """Call a worker again for each due job whose call is gone; returns how many.

    A worker may be lost between taking a call and beginning its job, and a call between two
    transactions.
    """
    running = JobRun.objects.filter(unique_key=OuterRef("unique_key"), status=JobRun.Status.RUNNING)
    calls = engine.calls(stalled_before()).filter(pk=OuterRef("engine_job_id"))
    forgotten = (
        JobRun.objects.select_for_update(skip_locked=True)
        .filter(status__in=JobRun.QUEUED, due_at__lte=Now())
        .filter(~Exists(running), ~Exists(calls))
    )
    found = list(forgotten.values_list("pk", "due_at", "priority"))
    engine.wake(found)
    if found:
        log.info("Workers are called again for waiting jobs", jobs=len(found))
    return len(found)


@transaction.atomic
def _expire(worker: WorkerProcess, *, is_to_blame: bool = True) -> int:
    found = WorkerProcess.objects.select_for_update(skip_locked=True).filter(
        pk=worker.pk, heartbeat_at=worker.heartbeat_at
    )
    if not found.exists():
        return 0
    _cut_connections(worker)
    taken = _take_jobs(Q(worker=worker), is_to_blame=is_to_blame)
    worker.delete()
    log.warning("Worker expired", worker=str(worker), jobs=taken)
    return taken


@transaction.atomic
def _take_jobs(which: Q, *, is_to_blame: bool = True) -> int:
    running = JobRun.objects.select_for_update(skip_locked=True).filter(
        which, status=JobRun.Status.RUNNING
    )
    jobs = list(running)
    now = timezone.now()
    queued = sum(runs.take_from_lost_worker(run, now, is_to_blame=is_to_blame) for run in jobs)
    if jobs:
        log.warning("Jobs of a lost worker", queued=queued, failed=len(jobs) - queued)
    return len(jobs)


def _cut_connections(worker: WorkerProcess) -> None:
    """Unless a live worker has that name: a restarted container may reuse it."""
    namesakes = WorkerProcess.objects.exclude(pk=worker.pk).filter(
        application_name=worker.application_name, heartbeat_at__gte=expiry_time()
    )
    if namesakes.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_CUT_CONNECTIONS, [worker.application_name])
