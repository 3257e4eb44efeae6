"""What we use of procrastinate: jobs in, jobs out. No other module asks it for anything."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

if TYPE_CHECKING:
    from procrastinate.contrib.django.django_connector import DjangoConnector

QUEUE = "default"
SYNC_TASK = "sync_customer"
# New jobs announce themselves; polling finds those that become due, and what an announcement
# lost in a broken connection was about.
POLLING_INTERVAL = 1.0
PRUNE_AFTER = timedelta(days=1)
SPARE_THREADS = 4


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
    deferred = app.job_manager.batch_defer_jobs(
        [
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
    )
    return [job.id for job in deferred if job.id is not None]


def cancel(engine_job_id: int) -> bool:
    """Take a job out of the queue; False where it runs already."""
    return app.job_manager.cancel_job_by_id(engine_job_id, abort=False)


def queue_again(engine_job_id: int, at: datetime) -> None:
    """Put a job that a worker had begun back into the queue."""
    app.job_manager.retry_job_by_id(engine_job_id, retry_at=at)


def stalled(since: timedelta) -> list[int]:
    """The engine's running jobs whose worker has given it no sign of life for so long."""
    found = async_to_sync(app.job_manager.get_stalled_jobs)(
        seconds_since_heartbeat=since.total_seconds()
    )
    return [job.id for job in found if job.id is not None]


async def work(
    *,
    name: str,
    concurrency: int,
    one_shot: bool,
    patience: timedelta,
    context: dict[str, Any],
) -> None:
    """Work the queue until a signal, or with `one_shot` until nothing is due.

    On the first signal running jobs get `patience` to end, then they are told to give up; a
    second signal ends the process.
    """
    # Each job runs in a thread; the loop's own executor would have too few of them.
    executor = ThreadPoolExecutor(concurrency + SPARE_THREADS, thread_name_prefix="job")
    asyncio.get_running_loop().set_default_executor(executor)
    connector = cast("DjangoConnector", app.connector).get_worker_connector()
    worker_app = app.with_connector(connector)
    async with worker_app.open_async():
        await worker_app.run_worker_async(
            queues=[QUEUE],
            name=name,
            concurrency=concurrency,
            wait=not one_shot,
            fetch_job_polling_interval=POLLING_INTERVAL,
            abort_job_polling_interval=POLLING_INTERVAL,
            shutdown_graceful_timeout=patience.total_seconds(),
            delete_jobs="always",
            additional_context=context,
            stalled_worker_timeout=PRUNE_AFTER.total_seconds(),
        )
