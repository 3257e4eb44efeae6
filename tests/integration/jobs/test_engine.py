"""What we ask the engine, and what it says of a database that has gone."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from workflow_mirror.jobs import engine, worker
from workflow_mirror.jobs.errors import EngineError, EngineUnavailableError
from workflow_mirror.jobs.models import WorkerProcess

MINUTE = timedelta(minutes=1)
CALLS: dict[str, Callable[[], object]] = {
    "wake": lambda: engine.wake([(1, timezone.now(), 0)]),
    "calls": lambda: list(engine.calls(MINUTE)),
    "clear stalled": lambda: engine.clear_stalled(timedelta(seconds=60)),
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


def test_calls_of_a_worker_that_is_gone_are_cleared(transactional_db: None) -> None:
    engine.wake([(1, timezone.now(), 0), (2, timezone.now(), 0)])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE args->>'run_id' = '1'")

    assert engine.clear_stalled(timedelta(seconds=60)) == 1
    assert engine.clear_stalled(timedelta(seconds=60)) == 0

    assert [call.args for call in engine.calls(MINUTE)] == [{"run_id": 2}]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs CASCADE")


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


@pytest.mark.parametrize("steps", range(0, 40, 3))
def test_an_engine_that_is_stopped_while_it_starts_leaves_no_task(
    transactional_db: None, steps: int
) -> None:
    """A task that stays keeps its worker alive: the worker's thread waits for all of them."""

    async def stop_after() -> set[str]:
        serving = asyncio.create_task(
            engine.work(
                name="stopped",
                concurrency=1,
                one_shot=False,
                patience=MINUTE,
                heartbeat=60,
                context={},
            )
        )
        for _ in range(steps):
            await asyncio.sleep(0)
        serving.cancel()
        await asyncio.wait([serving])
        left = asyncio.all_tasks() - {asyncio.current_task()}
        while asyncio.all_tasks() != {asyncio.current_task()}:  # or the test would never end
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()
            await asyncio.sleep(0)
        return {task.get_name() for task in left}

    assert asyncio.run(stop_after()) == set()
