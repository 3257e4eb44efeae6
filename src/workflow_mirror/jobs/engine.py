"""What we use of procrastinate: jobs in, jobs out. No other module asks it for anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from procrastinate.contrib.django import app
from procrastinate.jobs import Job

QUEUE = "default"
SYNC_TASK = "sync_customer"


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
