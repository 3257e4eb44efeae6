"""What we ask the engine, and what it says of a database that has gone."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from tests.integration.jobs.conftest import Work
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


def test_a_worker_outlives_a_connection_that_was_cut_between_two_calls(work: Work) -> None:
    """The thread in which it looks for the next job is used again, with what it left open."""
    work()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchone()[0] > 0
    work()


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (
            {"message": "lost", "exception": EngineError(reason="gone")},
            "The job engine failed. gone",
        ),
        ({"message": "Task was destroyed"}, "Task was destroyed"),
    ],
)
def test_an_error_of_the_engines_own_tasks_is_one_line(
    lost: dict[str, object], reason: str, monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    async def lose(**_: object) -> None:
        asyncio.get_running_loop().call_exception_handler(lost)

    monkeypatch.setattr(engine, "work", lose)
    with capture_logs() as logs:
        work()
    [line] = [log for log in logs if log["event"] == "The job engine lost a task of its own"]
    assert " ".join(line["reason"].split()) == reason
    assert "exc_info" not in line
