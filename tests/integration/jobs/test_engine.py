"""What we ask the engine, and what it says of a database that has gone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from workflow_mirror.jobs import engine
from workflow_mirror.jobs.errors import EngineError

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
