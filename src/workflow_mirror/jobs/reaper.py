"""Taking over the jobs of workers whose heartbeat has stopped."""

from contextlib import suppress
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.utils import timezone

from workflow_mirror.jobs import engine, runs
from workflow_mirror.jobs.errors import EngineError
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
    reaped = 0
    for worker in _expired_workers():
        reaped += _expire(worker)
    return reaped + _take_abandoned() + _adopt_orphans() + _queue_the_lost()


def give_back_all(worker_id: UUID) -> int:
    """Return the jobs of a worker that must end now to the queue; returns how many.

    The worker calls this itself. Its connections are cut, so that its threads cannot write.
    """
    worker = WorkerProcess.objects.filter(pk=worker_id).first()
    return _expire(worker, is_to_blame=False) if worker else 0


def _expired_workers() -> list[WorkerProcess]:
    return list(WorkerProcess.objects.filter(heartbeat_at__lt=expiry_time()))


@transaction.atomic
def _expire(worker: WorkerProcess, *, is_to_blame: bool = True) -> int:
    found = WorkerProcess.objects.select_for_update(skip_locked=True).filter(
        pk=worker.pk, heartbeat_at=worker.heartbeat_at
    )
    if not found.exists():
        return 0
    _cut_connections(worker)
    running = JobRun.objects.select_for_update().filter(worker=worker, status=JobRun.Status.RUNNING)
    jobs = list(running)
    queued = sum(
        runs.take_from_lost_worker(run, timezone.now(), is_to_blame=is_to_blame) for run in jobs
    )
    worker.delete()
    log.warning(
        "Worker expired", worker=str(worker), jobs_queued=queued, jobs_failed=len(jobs) - queued
    )
    return len(jobs)


def _cut_connections(worker: WorkerProcess) -> None:
    """Unless a live worker has that name: a restarted container may get it again."""
    namesakes = WorkerProcess.objects.exclude(pk=worker.pk).filter(
        application_name=worker.application_name, heartbeat_at__gte=expiry_time()
    )
    if namesakes.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_CUT_CONNECTIONS, [worker.application_name])


@transaction.atomic
def _take_abandoned() -> int:
    """Jobs of a worker that removed itself from the list without ending them."""
    abandoned = JobRun.objects.select_for_update(skip_locked=True).filter(
        status=JobRun.Status.RUNNING, worker=None
    )
    jobs = list(abandoned)
    for run in jobs:
        runs.take_from_lost_worker(run, timezone.now())
    return len(jobs)


def _adopt_orphans() -> int:
    """Jobs that the engine still counts as running for a worker that is gone.

    A worker may be lost between fetching a job and recording that, or between recording its end
    and telling the engine. Queued again, the first starts and the second ends at once.
    """
    stalled = engine.stalled(stalled_before())
    # The engine has its own heartbeat. A job whose worker is alive by ours is left alone.
    held = JobRun.objects.filter(engine_job_id__in=stalled, status=JobRun.Status.RUNNING)
    orphans = stalled.keys() - set(held.values_list("engine_job_id", flat=True))
    adopted = 0
    for engine_job_id in orphans:
        with suppress(EngineError):  # another worker was faster
            engine.take_from_stalled(engine_job_id, stalled[engine_job_id], timezone.now())
            adopted += 1
    return adopted


@transaction.atomic
def _queue_the_lost() -> int:
    lost = engine.lost()
    if lost:
        ids = engine.queue(lost)
        for queued, engine_job_id in zip(lost, ids, strict=True):
            JobRun.objects.filter(pk=queued.run_id).update(engine_job_id=engine_job_id)
        log.warning("Jobs that the engine had lost are queued again", jobs=len(lost))
    return len(lost)
