"""Taking jobs over from workers that have stopped giving signs of life."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from threading import Barrier

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs import control, reaper, runs
from workflow_mirror.jobs.errors import NotOursError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.jobs.report import Report

from .conftest import Work, again, customer_of, engine_jobs, engine_takes, other_worker, queued

Status = JobRun.Status
LONG = 3600


def begun_by(run: JobRun, worker: WorkerProcess) -> JobRun:
    """The job as a worker on another host has begun it."""
    engine_takes(run)
    lease = Lease(1)
    lease.id, lease.name = worker.id, str(worker)
    begun = runs.begin(run.pk, lease)
    assert begun is not None
    return begun


def test_the_job_of_a_dead_worker_waits_again_and_has_lost_no_try(run: JobRun) -> None:
    dead = other_worker(silent_for=LONG)
    begun_by(run, dead)

    assert reaper.reap() == 1

    run = again(run)
    assert (run.status, run.attempt, run.worker) == (Status.WAITING, 0, None)
    assert [attempt.outcome for attempt in run.attempts.all()] == ["worker lost"]
    assert (run.engine_job_id, "todo") in engine_jobs("id", "status")
    assert not WorkerProcess.objects.exists()


def test_the_job_taken_over_is_done_by_another_worker(
    run: JobRun, tenant: Tenant, work: Work
) -> None:
    tenant.generate(2, tasks=1)
    begun_by(run, other_worker(silent_for=LONG))

    work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.SUCCEEDED, 1)
    assert [attempt.outcome for attempt in run.attempts.all()] == ["worker lost", "succeeded"]


def test_a_dead_workers_last_try_is_not_lost_either(run: JobRun, lease: Lease) -> None:
    engine_takes(run)
    first = runs.begin(run.pk, lease)
    assert first is not None
    runs.give_back(first, timedelta(0), costs_a_try=True)
    begun_by(run, other_worker(silent_for=LONG))

    reaper.reap()

    assert again(run).attempt == 1


def test_a_worker_that_gives_signs_of_life_keeps_its_job(run: JobRun) -> None:
    begun_by(run, other_worker())

    assert reaper.reap() == 0

    assert again(run).status == Status.RUNNING


def test_two_reapers_at_once_take_a_job_over_once(run: JobRun) -> None:
    begun_by(run, other_worker(silent_for=LONG))
    together = Barrier(2)

    def reap() -> int:
        try:
            together.wait()
            return reaper.reap()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        reaped = [future.result() for future in [threads.submit(reap) for _ in range(2)]]

    assert sorted(reaped) == [0, 1]
    assert (again(run).status, again(run).attempt) == (Status.WAITING, 0)


def backend(name: str) -> psycopg.Connection:
    """A connection to the same database as of a process with that application name."""
    parameters = connection.get_connection_params()
    for key in ("cursor_factory", "context"):
        parameters.pop(key, None)
    return psycopg.connect(**parameters | {"application_name": name, "autocommit": True})


def test_the_connections_of_a_frozen_worker_are_cut_and_its_locks_with_them(
    run: JobRun,
) -> None:
    with closing(backend("zwm frozen")) as frozen, closing(backend("zwm other")) as other:
        frozen.execute("SELECT pg_advisory_lock(42)")
        begun_by(run, other_worker(silent_for=LONG, name="zwm frozen"))

        reaper.reap()

        with pytest.raises(psycopg.OperationalError):
            frozen.execute("SELECT 1")
        other.execute("SELECT pg_advisory_lock(42)")


def test_a_restarted_worker_with_the_name_of_a_dead_one_keeps_its_connections(
    run: JobRun,
) -> None:
    other_worker(name="zwm 1@container")
    begun_by(run, other_worker(silent_for=LONG, name="zwm 1@container"))

    with closing(backend("zwm 1@container")) as living:
        assert reaper.reap() == 1
        living.execute("SELECT 1")


def test_a_frozen_worker_that_wakes_up_has_nothing_more_to_say(run: JobRun) -> None:
    frozen = begun_by(run, other_worker(silent_for=LONG))

    reaper.reap()

    with pytest.raises(NotOursError):
        runs.end(frozen, Status.SUCCEEDED, Report())


@pytest.mark.parametrize("status", [Status.WAITING, Status.RETRYING])
def test_a_job_that_its_worker_took_and_never_began_is_done(
    run: JobRun, work: Work, status: JobRun.Status
) -> None:
    engine_takes(run)
    JobRun.objects.update(status=status, due_at=timezone.now() - timedelta(minutes=1))

    work()

    assert again(run).status == Status.SUCCEEDED


@pytest.mark.parametrize("status", JobRun.ENDED)
def test_a_job_whose_run_ended_with_its_worker_is_not_done_again(
    run: JobRun, work: Work, status: JobRun.Status
) -> None:
    engine_takes(run)
    JobRun.objects.update(status=status)

    work()

    assert (again(run).status, again(run).attempt) == (status, 0)
    assert engine_jobs("id") == []  # what the lost worker held is cleared


def test_a_run_that_nobody_is_at_waits_again(run: JobRun) -> None:
    worker = other_worker()
    begun_by(run, worker)
    worker.delete()

    assert reaper.reap() > 0

    assert (again(run).status, again(run).attempt) == (Status.WAITING, 0)
    assert (again(run).engine_job_id, "todo") in engine_jobs("id", "status")


def test_a_queued_run_that_the_engine_does_not_know_is_queued_anew(run: JobRun) -> None:
    JobRun.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert reaper.reap() == 1
    assert reaper.reap() == 0

    assert engine_jobs("id", "status", "(args->>'run_id')::bigint") == [
        (again(run).engine_job_id, "todo", run.pk)
    ]


def test_a_worker_gives_back_all_it_is_at_when_it_must_end(run: JobRun) -> None:
    worker = other_worker()
    begun_by(run, worker)

    assert reaper.give_back_all(worker.pk) == 1

    assert (again(run).status, again(run).attempt) == (Status.WAITING, 0)
    assert reaper.give_back_all(worker.pk) == 0


def test_many_jobs_of_a_dead_worker_are_all_taken_over(run: JobRun) -> None:
    dead = other_worker(silent_for=LONG)
    begun_by(run, dead)
    successor = queued(customer_of(run))

    assert reaper.reap() == 1

    assert {again(run).status, again(successor).status} == {Status.WAITING}
    assert timezone.now() >= again(run).due_at


def lose(run: JobRun, times: int) -> JobRun:
    for _ in range(times):
        begun_by(run, other_worker(silent_for=LONG))
        reaper.reap()
    return again(run)


def test_a_job_that_loses_three_workers_in_a_row_fails(run: JobRun) -> None:
    assert lose(run, 2).status == Status.WAITING

    run = lose(run, 1)

    assert (run.status, run.workers_lost) == (Status.FAILED, 3)
    assert run.error.startswith("Worker lost: ")
    assert "3 times in a row" in run.error
    assert run.finished_at is not None
    assert [attempt.outcome for attempt in run.attempts.all()] == ["worker lost"] * 3


def test_a_failed_job_that_lost_its_workers_leaves_the_engine_nothing_to_do(
    run: JobRun, tenant: Tenant, work: Work
) -> None:
    lose(run, 3)

    work()

    assert again(run).status == Status.FAILED
    assert engine_jobs("id") == []


def test_only_workers_lost_in_a_row_count(run: JobRun, lease: Lease) -> None:
    lose(run, 2)
    engine_takes(run)
    begun = runs.begin(run.pk, lease)
    assert begun is not None
    runs.give_back(begun, timedelta(0), costs_a_try=True)

    assert lose(run, 2).status == Status.WAITING


def test_a_job_that_found_its_customer_busy_has_not_survived_yet(run: JobRun, lease: Lease) -> None:
    lose(run, 2)
    engine_takes(run)
    begun = runs.begin(run.pk, lease)
    assert begun is not None
    runs.give_back(begun, timedelta(0), costs_a_try=False)

    assert lose(run, 1).status == Status.FAILED


def test_a_retry_by_hand_counts_lost_workers_from_zero(run: JobRun) -> None:
    lose(run, 3)

    control.retry(run.pk)

    assert (again(run).status, again(run).workers_lost) == (Status.WAITING, 0)
    assert lose(run, 2).status == Status.WAITING


def test_a_worker_that_leaves_on_purpose_is_not_a_lost_one(run: JobRun) -> None:
    for _ in range(3):
        leaving = other_worker()
        begun_by(run, leaving)
        reaper.give_back_all(leaving.id)

    assert (again(run).status, again(run).workers_lost) == (Status.WAITING, 0)
    assert {attempt.outcome for attempt in run.attempts.all()} == {"given back"}
