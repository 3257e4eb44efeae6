"""What we ask the engine, and what it says of a database that has gone."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from workflow_mirror.jobs import engine, worker
from workflow_mirror.jobs.errors import EngineError, EngineUnavailableError
from workflow_mirror.jobs.models import WorkerProcess

CALLS: dict[str, Callable[[], object]] = {
    "queue": lambda: engine.queue([engine.Queued(1, 1, timezone.now())]),
    "cancel": lambda: engine.cancel(1),
    "queue again": lambda: engine.queue_again(1, timezone.now()),
    "take from stalled": lambda: engine.take_from_stalled(1, None, timezone.now()),
    "stalled": lambda: engine.stalled(timedelta(seconds=60)),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_lost_connection_is_an_error_of_the_database(call: Callable[[], object]) -> None:
    connection.ensure_connection()
    other = connection.copy()
    with other.cursor() as cursor:
        backend = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    other.close()
    with pytest.raises(OperationalError):
        call()
    connection.close()


def test_a_job_that_does_not_run_is_not_queued_again() -> None:
    with pytest.raises(EngineError, match="is not running"), transaction.atomic():
        engine.queue_again(1, timezone.now())


def test_a_stalled_job_that_another_worker_has_by_now_stays_with_it(transactional_db: None) -> None:
    [job] = engine.queue([engine.Queued(1, 1, timezone.now())])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    assert engine.stalled(timedelta(seconds=60)) == {job: None}
    # Two reapers see it; meanwhile the first has queued it again, and a worker has taken it.
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH one AS (INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id)"
            " UPDATE procrastinate_jobs SET worker_id = one.id FROM one"
        )
    with pytest.raises(EngineError, match="not stalled any more"):
        engine.take_from_stalled(job, None, timezone.now())
    assert engine.stalled(timedelta(seconds=60)) == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs")
        assert cursor.fetchall() == [("doing",)]


def test_the_planner_knows_of_a_long_queue(transactional_db: None) -> None:
    now = timezone.now()
    engine.queue(engine.Queued(run, run, now) for run in range(1, 301))
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'procrastinate_jobs'")
        [(rows,)] = cursor.fetchall()
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
    assert rows == 300


@pytest.fixture
def fetching_broken(transactional_db: None) -> Iterator[None]:
    """A database that answers, and an engine that cannot work with it."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROUTINE procrastinate_fetch_job_v2 RENAME TO hidden")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER ROUTINE hidden RENAME TO procrastinate_fetch_job_v2")


def test_a_worker_whose_engine_cannot_work_ends_and_says_why(fetching_broken: None) -> None:
    with pytest.raises(EngineError, match="UndefinedFunction"):
        worker.work(concurrency=1)
    assert not WorkerProcess.objects.exists()


def test_an_engine_that_does_not_keep_running_ends_its_worker(
    transactional_db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ZWM_STALLED_AFTER = 1.5

    async def stop_at_once(**_: object) -> None:
        raise EngineUnavailableError("no connection is free")

    monkeypatch.setattr(engine, "work", stop_at_once)
    with (
        capture_logs() as logs,
        pytest.raises(EngineError, match=r"does not keep running\. no connection is free"),
    ):
        worker.work(concurrency=1)
    reasons = [line["reason"] for line in logs if "it starts again" in line["event"]]
    assert set(reasons) == {"no connection is free"}
