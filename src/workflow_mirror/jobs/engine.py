"""What we use of procrastinate: wake-up calls for job runs. No other module uses it.

Only the table `job_manager` determines a job's status. The engine only tells a worker that a job
run may be due. A call may be lost or arrive twice: a run starts with a guarded update, and
`jobs.reaper` sends lost calls again.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import psycopg
from asgiref.sync import async_to_sync
from django.db import ProgrammingError, connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from psycopg_pool import AsyncConnectionPool

from workflow_mirror.error_texts import is_unavailable, safe_error
from workflow_mirror.errors import as_fact
from workflow_mirror.jobs.errors import EngineError, EngineUnavailableError

QUEUE = "default"
TASK = "run_job"
# New calls announce themselves; polling finds those that become due, and what an announcement
# lost in a broken connection was about.
POLLING_INTERVAL = 1.0
# The engine forgets its own workers after so long; what they held is cleared by then.
FORGET_WORKERS_AFTER = timedelta(days=1)

_NAME_CALLS = """
UPDATE job_manager SET engine_job_id = called.engine_job_id
FROM unnest(%s::bigint[], %s::bigint[]) AS called(id, engine_job_id)
WHERE job_manager.id = called.id
"""


def wake(runs: list[tuple[int, datetime, int]]) -> None:
    """Send a call for each job run, given as its id, the time it is due, and its priority.

    In the caller's transaction; two statements however many there are, none for none.
    """
    if not runs:
        return
    calls = [
        Job(
            queue=QUEUE,
            task_name=TASK,
            lock=None,
            queueing_lock=None,
            priority=priority,
            task_kwargs={"run_id": run_id},
            scheduled_at=due_at,
        )
        for run_id, due_at, priority in runs
    ]
    with _database_errors():
        sent = app.job_manager.batch_defer_jobs(calls)
    with connection.cursor() as cursor:
        cursor.execute(_NAME_CALLS, [[run[0] for run in runs], [call.id for call in sent]])


def calls(alive_for: timedelta) -> QuerySet[ProcrastinateJob]:
    """The calls that a worker can take now, or has taken.

    A worker counts if the engine has had its heartbeat within this time.
    """
    due = Q(status=Status.TODO.value, scheduled_at__lte=Now())
    taken = Q(status=Status.DOING.value, worker__last_heartbeat__gte=Now() - alive_for)
    return ProcrastinateJob.objects.filter(due | taken, queue_name=QUEUE)


def clear_stalled(since: timedelta) -> int:
    """Delete calls of workers without a heartbeat in the engine for this time; how many."""
    manager = app.job_manager
    with _database_errors():
        found = async_to_sync(manager.get_stalled_jobs)(
            seconds_since_heartbeat=since.total_seconds()
        )
    stalled = list(found)
    for call in stalled:
        # Another worker may be faster: the engine raises if the call is gone.
        with suppress(ProgrammingError), _database_errors():
            async_to_sync(manager.finish_job)(call, Status.FAILED, delete_job=True)
    return len(stalled)


@contextmanager
def _database_errors() -> Iterator[None]:
    """The engine hides what the database says; callers deal with that as after any statement."""
    try:
        yield
    except ConnectorException as error:
        with connection.wrap_database_errors:
            raise error.__cause__ or error from None


async def work(  # noqa: PLR0913 - all by keyword
    *,
    name: str,
    concurrency: int,
    one_shot: bool,
    patience: timedelta,
    heartbeat: float,
    context: dict[str, Any],
) -> None:
    """Take calls until cancelled, or with `one_shot` until none is due.

    After a cancellation running jobs have `patience` to end, then are told to give up. Also
    ends when the engine's own connections break; its log says why. Raises EngineUnavailableError
    if the database is unavailable, EngineError for any other error.
    """
    worker_app = app.with_connector(PsycopgConnector())
    # Not the connector's own pool: cancelled while it opens, that one stays open, and its tasks
    # cannot be cancelled.
    pool = AsyncConnectionPool(
        kwargs=connector_params(),
        configure=_hasten,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )
    try:
        async with pool, worker_app.open_async(pool):
            await pool.wait()
            await worker_app.run_worker_async(
                queues=[QUEUE],
                name=name,
                concurrency=concurrency,
                wait=not one_shot,
                fetch_job_polling_interval=POLLING_INTERVAL,
                shutdown_graceful_timeout=patience.total_seconds(),
                delete_jobs=DeleteJobCondition.ALWAYS,
                additional_context=context,
                install_signal_handlers=False,
                update_heartbeat_interval=heartbeat,
                stalled_worker_timeout=FORGET_WORKERS_AFTER.total_seconds(),
            )
    except (ConnectorException, psycopg.Error) as error:
        kind = EngineUnavailableError if is_unavailable(error) else EngineError
        raise kind(reason=as_fact(safe_error(error))) from error


async def _hasten(connection: psycopg.AsyncConnection) -> None:
    """Spare each of the engine's statements a transaction of its own and the wait for the disk.

    After a database crash, a taken or deleted call may be back, which is harmless.
    """
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")
