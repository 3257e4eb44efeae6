"""Taking jobs over from workers that have stopped giving signs of life."""

import structlog
from django.db import connection, transaction
from django.utils import timezone

from workflow_mirror.jobs import engine, runs
from workflow_mirror.jobs.lease import stalled_before
from workflow_mirror.jobs.models import JobRun, WorkerProcess

log = structlog.get_logger(__name__)

# A frozen process keeps its connections, and with them the customer's lock: they are cut.
_CUT_CONNECTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = %s AND pid <> pg_backend_pid()
"""


def reap() -> int:
    """Queue again whatever the dead and the frozen were doing; how many jobs.

    Any worker may do this at any time; two at once do not do it twice.
    """
    reaped = 0
    for worker in _stalled_workers():
        reaped += _bury(worker)
    return reaped + _adopt_orphans()


def _stalled_workers() -> list[WorkerProcess]:
    latest = timezone.now() - stalled_before()
    return list(WorkerProcess.objects.filter(heartbeat_at__lt=latest))


@transaction.atomic
def _bury(worker: WorkerProcess) -> int:
    found = WorkerProcess.objects.select_for_update(skip_locked=True).filter(
        pk=worker.pk, heartbeat_at=worker.heartbeat_at
    )
    if not found.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_CUT_CONNECTIONS, [worker.application_name])
    running = JobRun.objects.select_for_update().filter(worker=worker, status=JobRun.Status.RUNNING)
    jobs = list(running)
    for run in jobs:
        runs.take_from_the_dead(run, timezone.now())
    worker.delete()
    log.warning("A worker died; its jobs are queued again", worker=str(worker), jobs=len(jobs))
    return len(jobs)


def _adopt_orphans() -> int:
    """Jobs that the engine counts as running for a worker that is gone.

    A worker may die between taking a job and saying so here, or between saying that it is over
    and telling the engine. Run once more, the first begins and the second ends at once.
    """
    orphans = engine.stalled(stalled_before())
    for engine_job_id in orphans:
        engine.queue_again(engine_job_id, timezone.now())
    return len(orphans)
