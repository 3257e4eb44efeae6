"""The life of a job run: nobody says anything of a job that is no longer his."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.acceptance.processes import eventually
from tests.locks import lock_waits
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import reaper, runs
from workflow_mirror.jobs.errors import NotOursError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.jobs.report import Report
from workflow_mirror.sync.errors import LostLockError
from workflow_mirror.sync.kinds import SYNC

from .conftest import again, customer_of, engine_jobs, engine_takes, other_worker, queued

Status = JobRun.Status
REPORT = Report(output={"created": 2}, done=3, total=9, requests=7, waited=2)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def begun(run: JobRun, lease: Lease) -> JobRun:
    begun = runs.begin(run.pk, lease)
    assert begun is not None
    return begun


def note_progress(run: JobRun, *, done: int) -> bool:
    return runs.note_progress(run, Report(done=done, total=9, requests=5, waited=1.5))


def test_to_begin_takes_the_job_and_notes_an_attempt(begun: JobRun, lease: Lease) -> None:
    [attempt] = begun.attempts.all()
    assert (again(begun).status, begun.attempt, begun.worker_id) == (Status.RUNNING, 1, lease.id)
    assert (attempt.number, attempt.worker, attempt.finished_at) == (1, lease.name, None)


def test_a_job_is_begun_once(begun: JobRun, lease: Lease) -> None:
    assert runs.begin(begun.pk, lease) is None
    assert runs.begin(0, lease) is None


def test_progress_is_noted_and_tells_of_a_wish_to_cancel(begun: JobRun) -> None:
    assert not note_progress(begun, done=3)
    JobRun.objects.update(cancel_requested=True)
    assert note_progress(begun, done=4)

    run = again(begun)
    assert (run.progress_done, run.progress_total) == (4, 9)
    assert (run.requests, run.seconds_waited) == (5, 1.5)


def test_the_end_is_kept_with_all_there_is_to_say(begun: JobRun) -> None:
    runs.end(
        begun,
        Status.COMPLETED_WITH_ERRORS,
        REPORT,
        error=LostLockError(),
        exception="trace",
    )

    run, attempt = again(begun), begun.attempts.get()
    assert (run.status, run.output, run.error) == (
        Status.COMPLETED_WITH_ERRORS,
        REPORT.output,
        str(LostLockError()),
    )
    assert run.error_details == attempt.error_details == {"code": "lost_lock", "facts": {}}
    assert (run.progress_done, run.progress_total, run.requests) == (3, 3, 7)
    assert run.finished_at is not None
    assert (attempt.outcome, attempt.error, attempt.exception) == (
        "completed_with_errors",
        str(LostLockError()),
        "trace",
    )


def test_a_job_whose_call_came_while_another_with_its_key_ran_is_called_again(
    begun: JobRun, lease: Lease
) -> None:
    next_one = queued(customer_of(begun))
    assert runs.begin(next_one.pk, lease) is None

    end(begun)

    call = again(next_one).engine_job_id
    assert call != next_one.engine_job_id
    assert engine_jobs("id")[-1] == (call,)
    assert runs.begin(next_one.pk, lease) is not None


def test_a_job_that_came_back_into_the_queue_is_called_when_the_next_one_with_its_key_ends(
    begun: JobRun, lease: Lease
) -> None:
    next_one = queued(customer_of(begun))
    runs.give_back(begun, timedelta(0), costs_a_try=False)
    call = again(begun).engine_job_id
    running = runs.begin(next_one.pk, lease)
    assert running is not None
    assert runs.begin(begun.pk, lease) is None

    end(running)

    assert again(begun).engine_job_id != call


@transaction.atomic
def test_what_a_job_takes_to_begin_and_to_end_does_not_grow_with_the_queue(
    run: JobRun, lease: Lease
) -> None:
    others = [JobRun.objects.get() for _ in range(300)]
    for number, other in enumerate(others):
        other.pk, other.unique_key = None, f"other-{number}"
    JobRun.objects.bulk_create(others)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE job_manager")
    before = jobs_read()

    begun = runs.begin(run.pk, lease)
    assert begun is not None
    end(begun)

    assert jobs_read() - before < 10


def jobs_read() -> int:
    """How many rows of jobs this transaction has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'job_manager'"
        )
        return int(cursor.fetchone()[0])


def test_of_two_jobs_with_one_key_that_begin_in_the_same_moment_one_waits_for_the_other(
    begun: JobRun, lease: Lease
) -> None:
    """As a job does that was given back while the next one with its key was queued."""
    next_one = queued(customer_of(begun))
    runs.give_back(begun, timedelta(0), costs_a_try=False)

    def begin_next() -> JobRun | None:
        with closing(connection):
            return runs.begin(next_one.pk, lease)

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            first = runs.begin(begun.pk, lease)
            assert first is not None
            second = threads.submit(begin_next)
            eventually(lock_waits)
        assert second.result() is None

    assert (again(first).status, again(next_one).status) == (Status.RUNNING, Status.WAITING)
    assert next_one.attempts.count() == 0
    end(first)
    assert again(next_one).engine_job_id != next_one.engine_job_id
    assert runs.begin(next_one.pk, lease) is not None


def test_a_direct_run_begins_beside_others_with_its_key(begun: JobRun, lease: Lease) -> None:
    for _ in range(2):
        copy = JobRun.objects.get(pk=begun.pk)
        copy.pk = None
        runs.begin_directly(copy, lease)

    assert JobRun.objects.filter(status=Status.RUNNING).count() == 3


def test_a_job_does_not_begin_before_it_is_due(run: JobRun, lease: Lease) -> None:
    JobRun.objects.update(due_at=timezone.now() + MINUTE)

    assert runs.begin(run.pk, lease) is None


@pytest.mark.parametrize(
    ("costs_a_try", "status", "attempt"), [(True, Status.RETRYING, 1), (False, Status.WAITING, 0)]
)
def test_a_job_given_back_waits_again(
    begun: JobRun, *, costs_a_try: bool, status: JobRun.Status, attempt: int
) -> None:
    before = timezone.now()

    runs.give_back(begun, MINUTE, costs_a_try=costs_a_try)

    run = again(begun)
    assert (run.status, run.attempt, run.worker_id) == (status, attempt, None)
    assert run.due_at >= before + MINUTE


def end(run: JobRun) -> None:
    runs.end(run, Status.SUCCEEDED, REPORT)


def give_back(run: JobRun) -> None:
    runs.give_back(run, MINUTE, costs_a_try=True)


def note(run: JobRun) -> None:
    note_progress(run, done=1)


CHANGES = [end, give_back, note]


@pytest.mark.parametrize("change", CHANGES)
def test_after_another_worker_took_it_a_job_is_not_ours(
    begun: JobRun, change: Callable[[JobRun], None]
) -> None:
    JobRun.objects.update(worker=other_worker())
    before = JobRun.objects.values().get()

    with pytest.raises(NotOursError):
        change(begun)

    assert JobRun.objects.values().get() == before
    assert JobAttempt.objects.get().finished_at is None
    assert engine_jobs("id") == [(begun.engine_job_id,)]


@pytest.mark.parametrize("change", CHANGES)
def test_after_another_attempt_began_a_job_is_not_ours(
    begun: JobRun, lease: Lease, change: Callable[[JobRun], None]
) -> None:
    runs.give_back(again(begun), timedelta(0), costs_a_try=True)
    runs.begin(begun.pk, lease)
    before = JobRun.objects.values().get()

    with pytest.raises(NotOursError):
        change(begun)

    assert JobRun.objects.values().get() == before


@pytest.mark.parametrize("change", CHANGES)
def test_a_job_at_its_end_is_not_changed_again(
    begun: JobRun, change: Callable[[JobRun], None]
) -> None:
    end(again(begun))

    with pytest.raises(NotOursError):
        change(begun)


@pytest.mark.parametrize("change", CHANGES)
def test_of_a_removed_customer_there_is_no_job(
    begun: JobRun, change: Callable[[JobRun], None]
) -> None:
    customer_of(begun).delete()

    with pytest.raises(NotOursError):
        change(begun)


@pytest.mark.parametrize("costs_a_try", [True, False])
def test_a_job_can_be_given_back_while_the_next_one_of_its_customer_waits(
    begun: JobRun, *, costs_a_try: bool
) -> None:
    successor = queued(customer_of(begun))

    runs.give_back(begun, MINUTE, costs_a_try=costs_a_try)

    assert again(begun).status in JobRun.QUEUED
    assert again(successor).status == Status.WAITING
    assert queued(customer_of(begun)) == successor


def test_a_dead_workers_job_waits_again_beside_the_next_one_of_its_customer(
    begun: JobRun,
) -> None:
    engine_takes(begun)
    queued(customer_of(begun))

    runs.take_from_lost_worker(begun, timezone.now())

    assert (again(begun).status, again(begun).attempt) == (Status.WAITING, 0)
    assert begun.attempts.get().outcome == "worker lost"
    assert engine_jobs("status") == [("doing",), ("todo",), ("todo",)]


def test_a_dead_workers_job_that_the_engine_has_forgotten_is_queued_anew(begun: JobRun) -> None:
    JobRun.objects.update(engine_job_id=10**9)

    runs.take_from_lost_worker(again(begun), timezone.now())
    reaper.reap()

    assert (again(begun).engine_job_id, "todo") in engine_jobs("id", "status")


@pytest.mark.parametrize(("costs_a_try", "allowed"), [(True, False), (False, True)])
def test_mass_deletion_is_allowed_for_one_try(
    customer: Customer, lease: Lease, *, costs_a_try: bool, allowed: bool
) -> None:
    begun = runs.begin(queued(customer, allow_mass_delete=True).pk, lease)
    assert begun is not None
    assert begun.arguments == {"allow_mass_delete": True}

    arguments = SYNC.lasting(begun.arguments) if costs_a_try else None
    runs.give_back(begun, MINUTE, costs_a_try=costs_a_try, arguments=arguments)

    assert ("allow_mass_delete" in again(begun).arguments) is allowed
