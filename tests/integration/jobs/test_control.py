"""What people do with jobs: cancel, retry, forget."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import control
from workflow_mirror.jobs.errors import JobError, UnknownJobError
from workflow_mirror.jobs.kinds import Kind, register
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.kinds import RETRY_FAILED_EXPORTS, SYNC

from .conftest import Work, again, engine_jobs, engine_takes, other_worker, queued

Status = JobRun.Status
ENDED = [Status.SUCCEEDED, Status.COMPLETED_WITH_ERRORS, Status.FAILED, Status.CANCELLED]


def ended(customer: Customer, status: JobRun.Status) -> JobRun:
    """A job that a worker has ended, so that the engine knows it no more."""
    run = queued(customer)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [run.engine_job_id])
    JobRun.objects.filter(pk=run.pk).update(status=status, attempt=2, finished_at=timezone.now())
    return again(run)


def test_the_call_of_a_cancelled_job_finds_nothing_to_do(run: JobRun, work: Work) -> None:
    assert control.cancel(run.pk) == "cancelled"
    work()

    assert (again(run).status, again(run).attempt) == (Status.CANCELLED, 0)
    assert again(run).finished_at is not None
    assert engine_jobs("id") == []


def test_a_running_job_is_asked_to_stop(run: JobRun) -> None:
    JobRun.objects.update(status=Status.RUNNING, worker=other_worker())

    assert control.cancel(run.pk) == "asked"

    assert (again(run).status, again(run).cancel_requested) == (Status.RUNNING, True)


@pytest.mark.parametrize("status", ENDED)
def test_an_ended_job_cannot_be_cancelled(customer: Customer, status: JobRun.Status) -> None:
    with pytest.raises(JobError, match="has ended already"):
        control.cancel(ended(customer, status).pk)


@pytest.mark.parametrize("action", [control.cancel, control.retry, control.forget])
def test_an_unknown_job_is_said_to_be_unknown(
    transactional_db: None, action: Callable[[int], object]
) -> None:
    with pytest.raises(UnknownJobError, match="There is no job 404"):
        action(404)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (Status.FAILED, SYNC),
        (Status.CANCELLED, SYNC),
        (Status.COMPLETED_WITH_ERRORS, RETRY_FAILED_EXPORTS),
    ],
)
def test_a_retried_job_waits_with_all_its_tries(
    customer: Customer, status: JobRun.Status, kind: Kind
) -> None:
    run = ended(customer, status)

    control.retry(run.pk)

    run = again(run)
    assert (run.status, run.attempt) == (Status.WAITING, 0)
    assert (run.kind, run.name) == (kind.name, kind.title)
    assert (run.finished_at, run.cancel_requested) == (None, False)
    assert engine_jobs("id", "status")[-1] == (run.engine_job_id, "todo")


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.WAITING, Status.RUNNING])
def test_there_is_nothing_to_retry_in_a_job_that_has_not_failed(
    customer: Customer, status: JobRun.Status
) -> None:
    run = ended(customer, status)

    with pytest.raises(JobError, match="nothing to retry"):
        control.retry(run.pk)

    assert (again(run).status, engine_jobs("id")) == (status, [])


def test_a_retry_is_refused_while_another_sync_of_the_customer_is_queued(
    customer: Customer,
) -> None:
    run = ended(customer, Status.FAILED)
    queued(customer)

    with pytest.raises(JobError, match=r"Rossi S\.p\.A\.: the same work is already queued"):
        control.retry(run.pk)

    assert again(run).status == Status.FAILED
    assert len(engine_jobs("id")) == 1


def test_all_failed_jobs_are_retried_and_the_others_left(
    make_customers: Callable[[int], list[Customer]],
) -> None:
    one, two, three = make_customers(3)
    failed, twice = ended(one, Status.FAILED), ended(one, Status.FAILED)
    other, cancelled = ended(two, Status.FAILED), ended(three, Status.CANCELLED)

    retried, refused = control.retry_all()

    assert retried == [failed.pk, other.pk]
    assert [str(error) for error in refused] == [f"{one}: the same work is already queued"]
    assert (again(twice).status, again(cancelled).status) == (Status.FAILED, Status.CANCELLED)


@pytest.mark.parametrize("status", ENDED)
def test_an_ended_job_can_be_forgotten(customer: Customer, status: JobRun.Status) -> None:
    control.forget(ended(customer, status).pk)

    assert not JobRun.objects.exists()


@pytest.mark.parametrize("status", [Status.WAITING, Status.RETRYING, Status.RUNNING])
def test_a_job_that_has_not_ended_cannot_be_forgotten(run: JobRun, status: JobRun.Status) -> None:
    JobRun.objects.update(status=status)

    with pytest.raises(JobError, match="cancel it first"):
        control.forget(run.pk)

    assert JobRun.objects.exists()


def test_to_flush_deletes_the_failed_jobs_alone(customer: Customer) -> None:
    kept = [ended(customer, status) for status in ENDED if status != Status.FAILED]
    for _ in range(2):
        ended(customer, Status.FAILED)

    assert control.flush() == 2

    assert set(JobRun.objects.all()) == set(kept)


def test_to_clear_cancels_the_queued_jobs_alone(
    make_customers: Callable[[int], list[Customer]],
) -> None:
    one, two, three = make_customers(3)
    waiting, retrying, running = queued(one), queued(two), queued(three)
    JobRun.objects.filter(pk=retrying.pk).update(status=Status.RETRYING)
    JobRun.objects.filter(pk=running.pk).update(status=Status.RUNNING)

    assert control.clear() == 2

    assert {again(waiting).status, again(retrying).status} == {Status.CANCELLED}
    assert (again(running).status, again(running).cancel_requested) == (Status.RUNNING, False)


def test_a_retry_never_inherits_that_mass_deletion_is_allowed(customer: Customer) -> None:
    run = ended(customer, Status.FAILED)
    JobRun.objects.update(arguments={"allow_mass_delete": True, "full": True})

    control.retry(run.pk)

    assert again(run).arguments == {"full": True}


def test_a_job_that_waits_to_retry_can_be_retried_now(run: JobRun) -> None:
    later = timezone.now() + timedelta(hours=2)
    JobRun.objects.update(status=Status.RETRYING, due_at=later)

    control.retry(run.pk)

    assert again(run).due_at <= timezone.now()
    assert engine_jobs("scheduled_at <= now()")[-1] == (True,)


def test_a_running_job_whose_worker_was_lost_is_taken_out_of_the_queue(run: JobRun) -> None:
    worker = other_worker(silent_for=3600)
    engine_takes(run)
    JobRun.objects.update(status=Status.RUNNING, worker=worker, attempt=1)

    assert control.cancel(run.pk) == "cancelled"

    assert again(run).status == Status.CANCELLED


def test_what_takes_up_failed_exports_inherits_no_arguments(customer: Customer) -> None:
    run = ended(customer, Status.COMPLETED_WITH_ERRORS)
    JobRun.objects.update(arguments={"allow_mass_delete": True})

    control.retry(run.pk)

    assert (again(run).kind, again(run).arguments) == (RETRY_FAILED_EXPORTS.name, {})


def test_a_kind_may_forbid_that_people_retry_it(customer: Customer) -> None:
    run = ended(customer, Status.FAILED)
    register(replace(SYNC, name="secret_work", people_may_retry=False))
    JobRun.objects.update(kind="secret_work")

    with pytest.raises(JobError, match="cannot be retried by hand"):
        control.retry(run.pk)
