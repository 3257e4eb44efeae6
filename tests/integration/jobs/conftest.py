"""Jobs through the real engine, in this process, with a fake Zuora and no waiting."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone
from pytest_django import Settings

from tests.conftest import NO_WAIT
from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import worker
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.sync import handler
from workflow_mirror.sync.requests import Options, request_syncs
from workflow_mirror.sync.service import WorkflowSyncService

type Work = Callable[[], object]


@pytest.fixture(autouse=True)
def patience(transactional_db: None, settings: Settings) -> None:
    """Two tries, the second at once."""
    settings.ZWM_SYNC_TRIES = 2
    settings.ZWM_SYNC_BACKOFF = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Work the queue until nothing is due, with requests that are tried again without a wait."""
    impatient = partial(WorkflowSyncService, client_opener=partial(open_client, retry=NO_WAIT))
    monkeypatch.setattr(handler, "WorkflowSyncService", impatient)
    # The threads of the jobs end with the work, and their connections must end with them.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    return partial(worker.work, concurrency=2, one_shot=True)


@pytest.fixture
def lease(transactional_db: None) -> Iterator[Lease]:
    with Lease(1) as lease:
        yield lease


@pytest.fixture
def run(customer: Customer) -> JobRun:
    """A queued job of `customer`."""
    return queued(customer)


def queued(customer: Customer, **options: bool) -> JobRun:
    answer = request_syncs([customer], requested_by="test", options=Options(**options))
    return JobRun.objects.get(pk=answer.jobs[0].id)


def again(run: JobRun) -> JobRun:
    """As the database has it now."""
    return JobRun.objects.get(pk=run.pk)


def other_worker(*, silent_for: float = 0, name: str = "zwm elsewhere") -> WorkerProcess:
    """A worker process on another host; `silent_for`: seconds since its last heartbeat."""
    moment = timezone.now() - timedelta(seconds=silent_for)
    return WorkerProcess.objects.create(
        id=uuid4(),
        host="elsewhere",
        pid=1,
        application_name=name,
        concurrency=2,
        started_at=moment,
        heartbeat_at=moment,
    )


def engine_jobs(*columns: str) -> list[tuple[Any, ...]]:
    """The engine's own table, in the order of the jobs."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM procrastinate_jobs ORDER BY id")  # noqa: S608 - our own words
        return list(cursor.fetchall())


def customer_of(run: JobRun) -> Customer:
    assert run.customer is not None
    return run.customer


def engine_takes(run: JobRun) -> None:
    """The engine's part of taking a job, by a worker that is no more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s",
            [again(run).engine_job_id],
        )
