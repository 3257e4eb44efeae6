"""What we use of procrastinate: jobs in, jobs out. No other module asks it for anything."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import structlog
from asgiref.sync import async_to_sync
from django.db import ProgrammingError, connection, transaction
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.manager import JobManager

from workflow_mirror.error_texts import is_unavailable, safe_error
from workflow_mirror.errors import as_fact
from workflow_mirror.jobs.errors import EngineError, EngineUnavailableError

log = structlog.get_logger(__name__)

QUEUE = "default"
SYNC_TASK = "sync_customer"
# New jobs announce themselves; polling finds those that become due, and what an announcement
# lost in a broken connection was about.
POLLING_INTERVAL = 1.0
# One shot waits for what is due so soon: a schedule's syncs start one second after the other.
SOON = 1.5
PRUNE_AFTER = timedelta(days=1)

# Part of the statement that ends a job run: the engine's job goes with it, since job runs are what
# is remembered. Whoever has sent it says so to `note_deleted`.
DELETE_ENDED = "DELETE FROM procrastinate_jobs WHERE id IN (SELECT engine_job_id FROM ended)"
_deleted: set[int] = set()

_HELD = """
SELECT EXISTS (SELECT 1 FROM procrastinate_jobs
    WHERE id = %(job)s AND status = 'doing' AND worker_id = %(worker)s) AS held
"""
_STILL_HELD = """
SELECT 1 FROM procrastinate_jobs
WHERE id = %(job)s AND status = 'doing' AND worker_id IS NOT DISTINCT FROM %(worker)s::bigint
FOR UPDATE
"""
_FINISH_HELD = """
DELETE FROM procrastinate_jobs
WHERE id = %(job)s AND status = 'doing' AND worker_id = %(worker)s
"""
_BRING_FORWARD = """
UPDATE procrastinate_jobs SET scheduled_at = %s WHERE id = ANY(%s) AND status = 'todo'
"""
# As the engine chooses the next job.
_SECONDS_TO_NEXT = """
SELECT extract(epoch FROM min(coalesce(scheduled_at, now())) - now())::float AS seconds
FROM procrastinate_jobs job
WHERE status = 'todo' AND queue_name = %(queue)s
AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs other
    WHERE other.lock = job.lock
    AND (other.status = 'doing' OR other.status = 'todo' AND other.id < job.id))
"""
# Queued here, and unknown to the engine or ended there: nobody would ever run it.
_LOST = """
SELECT id, customer_id, due_at FROM job_manager
WHERE status IN ('waiting', 'retrying') AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs
    WHERE procrastinate_jobs.id = engine_job_id AND status IN ('todo', 'doing'))
FOR UPDATE SKIP LOCKED
"""


@dataclass(frozen=True)
class Queued:
    """A job run to be queued. Its arguments name the run alone: no secret, no parameter."""

    run_id: int
    customer_id: int
    due_at: datetime


def queue(jobs: Iterable[Queued]) -> list[int]:
    """Queue jobs in the caller's transaction, with one statement; the engine's ids in order.

    Jobs of one customer share a lock, so that the engine runs one of them at a time.
    """
    engine_jobs = [
        Job(
            queue=QUEUE,
            task_name=SYNC_TASK,
            lock=f"customer-{job.customer_id}",
            queueing_lock=None,
            task_kwargs={"run_id": job.run_id},
            scheduled_at=job.due_at,
        )
        for job in jobs
    ]
    with _database_errors():
        deferred = app.job_manager.batch_defer_jobs(engine_jobs)
        if len(engine_jobs) > 1:
            _tell_planner()
    return [job.id for job in deferred if job.id is not None]


def _tell_planner() -> None:
    """Else it goes by the table as it was when it was empty, and sorts the whole queue each time
    that a worker fetches a job: ten times as long with 1,000 jobs, the more the longer the queue.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE procrastinate_jobs")


def note_deleted(engine_job_id: int) -> None:
    """Spares this process's worker a statement that would find nothing."""
    _deleted.add(engine_job_id)


def bring_forward(engine_job_ids: list[int], at: datetime) -> None:
    """Make queued jobs due at a time that is sooner: one statement, none for no job."""
    if engine_job_ids:
        with connection.cursor() as cursor:
            cursor.execute(_BRING_FORWARD, [at, engine_job_ids])


def cancel(engine_job_id: int) -> bool:
    """Take a job out of the queue; False where it runs already."""
    with _database_errors():
        return app.job_manager.cancel_job_by_id(engine_job_id, abort=False, delete_job=True)


def queue_again(engine_job_id: int, at: datetime) -> None:
    """Put a job that a worker had begun back into the queue. Raises EngineError if it is not so."""
    try:
        with _database_errors():
            app.job_manager.retry_job_by_id(engine_job_id, retry_at=at)
    except ProgrammingError as error:  # RAISE in a function of the engine
        raise EngineError(f"The engine's job {engine_job_id} is not running") from error


def stalled(since: timedelta) -> dict[int, int | None]:
    """The engine's running jobs whose worker has given it no sign of life for so long.

    By id, each with the engine's id of that worker, if the engine still knows it.
    """
    with _database_errors():
        found = async_to_sync(app.job_manager.get_stalled_jobs)(
            seconds_since_heartbeat=since.total_seconds()
        )
    return {job.id: job.worker_id for job in found if job.id is not None}


@transaction.atomic
def take_from_stalled(engine_job_id: int, worker_id: int | None, at: datetime) -> None:
    """Queue a stalled job again; EngineError where it has another worker by now, or has ended."""
    with connection.cursor() as cursor:
        cursor.execute(_STILL_HELD, {"job": engine_job_id, "worker": worker_id})
        if cursor.fetchone() is None:
            raise EngineError(f"The engine's job {engine_job_id} is not stalled any more")
    queue_again(engine_job_id, at)


def lost() -> list[Queued]:
    """Queued job runs that the engine does not know; locked until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LOST)
        return [Queued(*row) for row in cursor.fetchall()]


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
    """Work the queue until cancelled, or with `one_shot` until nothing is due.

    After a cancellation running jobs get `patience` to end, then they are told to give up. Also
    ends when the engine's own connections break; its log says why. Raises EngineUnavailableError
    where the database cannot be used now, EngineError for anything else that it says.
    """
    connector = PsycopgConnector(kwargs=connector_params(), configure=_hasten)
    worker_app = app.with_connector(connector)
    worker_app.job_manager = _HeldJobs(connector)
    try:
        async with worker_app.open_async():
            while True:
                await worker_app.run_worker_async(
                    queues=[QUEUE],
                    name=name,
                    concurrency=concurrency,
                    wait=not one_shot,
                    fetch_job_polling_interval=POLLING_INTERVAL,
                    abort_job_polling_interval=POLLING_INTERVAL,
                    shutdown_graceful_timeout=patience.total_seconds(),
                    delete_jobs=DeleteJobCondition.ALWAYS.value,
                    additional_context=context,
                    install_signal_handlers=False,
                    update_heartbeat_interval=heartbeat,
                    stalled_worker_timeout=PRUNE_AFTER.total_seconds(),
                )
                if not (one_shot and await _wait_for_next(connector)):
                    break
    except (ConnectorException, psycopg.Error) as error:
        kind = EngineUnavailableError if is_unavailable(error) else EngineError
        raise kind(reason=as_fact(safe_error(error))) from error


async def _hasten(connection: psycopg.AsyncConnection) -> None:
    """Spare each of the engine's statements a transaction of its own and the wait for the disk.

    A database that crashes may forget that a job was fetched, but not if the job run had begun:
    that comes later in the same log, and is waited for. What else is forgotten the reaper mends.
    """
    await connection.set_autocommit(True)
    await connection.execute("SET synchronous_commit TO off")


async def _wait_for_next(connector: PsycopgConnector) -> bool:
    """False where nothing is due soon.

    The engine ends its one shot while jobs still run; others may have waited for those.
    """
    row = await connector.execute_query_one_async(_SECONDS_TO_NEXT, queue=QUEUE)
    seconds = row["seconds"]
    if seconds is None or seconds > SOON:
        return False
    await asyncio.sleep(max(0.0, seconds))
    return True


class _HeldJobs(JobManager):
    """Speaks only of jobs that their worker still holds.

    The engine's own statements do not ask whose a job is: a worker that was given up meanwhile
    would delete the job of its successor.
    """

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:  # noqa: ARG002, FBT001 - as the engine calls it
        if job.id in _deleted:
            _deleted.remove(job.id)
            return
        try:
            await self.connector.execute_query_async(_FINISH_HELD, job=job.id, worker=job.worker_id)
        except ConnectorException:
            _note_unsaid(job)

    async def retry_job(self, job: Job, *args: Any, **options: Any) -> None:
        try:
            if await self._holds(job):
                await super().retry_job(job, *args, **options)
        except ConnectorException:
            _note_unsaid(job)

    async def _holds(self, job: Job) -> bool:
        row = await self.connector.execute_query_one_async(_HELD, job=job.id, worker=job.worker_id)
        return bool(row["held"])


def _note_unsaid(job: Job) -> None:
    """The reaper finds such a job: the engine's worker stops, and with it its signs of life."""
    log.warning("The end of a job could not be told to the engine", engine_job_id=job.id)
