"""Jobs in every state, made without an engine where none is needed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from tests.sync_jobs import sync_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobAttempt, JobBatch, JobRun, WorkerProcess

Status = JobRun.Status
STATS = {
    "created": 3,
    "updated": 2,
    "deleted": 1,
    "total": 40,
    "errors": [],
    "failed": 4,
    "unchanged": 30,
    "restored": 0,
    "exported": 5,
    "requests": 12,
    "seconds": 2.5,
}


def make_job(customer: Customer, status: str, **columns: Any) -> JobRun:
    now = timezone.now()
    began = None if status in JobRun.QUEUED else now - timedelta(seconds=75)
    ended = now if status in JobRun.ENDED else None
    given = {
        "requested_by": "otto",
        "queued_at": now,
        "due_at": now,
        "started_at": began,
        "finished_at": ended,
        **columns,
    }
    return JobRun.objects.create(**sync_job(customer) | {"status": status} | given)


def make_failed(customer: Customer, **columns: Any) -> JobRun:
    run = make_job(
        customer,
        Status.FAILED,
        **{"error": "Zuora is down", "exception": "Traceback: deep", "attempt": 2, **columns},
    )
    for number in (1, 2):
        JobAttempt.objects.create(
            job_run=run,
            number=number,
            worker=f"host{number}:7",
            started_at=timezone.now(),
            outcome="retrying" if number == 1 else "failed",
            error="Zuora is down",
            exception=f"Traceback of try {number}",
        )
    return run


def make_batch(*customers: Customer, status: str) -> JobBatch:
    batch = JobBatch.objects.create(requested_by="otto")
    for customer in customers:
        make_job(customer, status, batch=batch)
    return batch


def make_worker(
    *, beat: datetime | None = None, slots: int = 2, host: str = "elsewhere"
) -> WorkerProcess:
    """Alive unless `beat` is too long ago, however long the test takes."""
    now = timezone.now()
    return WorkerProcess.objects.create(
        id=uuid4(),
        host=host,
        pid=4711,
        application_name="zwm elsewhere",
        concurrency=slots,
        started_at=now,
        heartbeat_at=beat or now + timedelta(hours=1),
    )
