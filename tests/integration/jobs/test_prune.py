"""Jobs that finished long ago are deleted."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.sync_jobs import sync_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobAttempt, JobBatch, JobRun
from workflow_mirror.jobs.prune import prune, request_if_needed

from .conftest import Work

Status = JobRun.Status


def job(
    customer: Customer, status: JobRun.Status, days: float, batch: JobBatch | None = None
) -> JobRun:
    """A job that ended so many days ago."""
    then = timezone.now() - timedelta(days=days)
    run = JobRun.objects.create(
        **sync_job(customer),
        requested_by="test",
        status=status,
        batch=batch,
        queued_at=then,
        due_at=then,
        finished_at=then if status in JobRun.ENDED else None,
    )
    JobAttempt.objects.create(job_run=run, number=1, worker="w", started_at=then)
    return run


@pytest.mark.parametrize(
    ("status", "days", "is_kept"),
    [
        (Status.SUCCEEDED, 29, True),
        (Status.SUCCEEDED, 31, False),
        (Status.COMPLETED_WITH_ERRORS, 31, False),
        (Status.CANCELLED, 31, False),
        (Status.FAILED, 31, True),
        (Status.FAILED, 89, True),
        (Status.FAILED, 91, False),
        (Status.WAITING, 400, True),
        (Status.RUNNING, 400, True),
    ],
)
def test_how_long_a_job_is_kept(
    customer: Customer, status: JobRun.Status, days: float, *, is_kept: bool
) -> None:
    job(customer, status, days)

    assert prune() == (not is_kept)

    assert JobRun.objects.exists() is is_kept
    assert JobAttempt.objects.exists() is is_kept


def test_the_days_can_be_set(customer: Customer, settings: Settings) -> None:
    settings.ZWM_KEEP_RUNS_DAYS = 1
    settings.ZWM_KEEP_FAILED_RUNS_DAYS = 2
    job(customer, Status.SUCCEEDED, 1.5)
    kept = job(customer, Status.FAILED, 1.5)

    prune()

    assert list(JobRun.objects.all()) == [kept]


def test_a_batch_goes_with_its_last_job(customer: Customer) -> None:
    over, lives = (JobBatch.objects.create(requested_by="test") for _ in range(2))
    job(customer, Status.SUCCEEDED, 31, over)
    job(customer, Status.SUCCEEDED, 31, lives)
    job(customer, Status.SUCCEEDED, 29, lives)

    prune()

    assert list(JobBatch.objects.all()) == [lives]


def test_a_worker_queues_a_job_that_prunes_where_there_is_something_old(
    customer: Customer, work: Work
) -> None:
    job(customer, Status.SUCCEEDED, 31)

    work()

    pruning = JobRun.objects.get()
    assert (pruning.kind, pruning.customer, pruning.status) == ("prune", None, Status.SUCCEEDED)
    assert pruning.output == {"deleted": 1}


def test_a_worker_queues_no_pruning_where_nothing_is_old(customer: Customer, work: Work) -> None:
    job(customer, Status.SUCCEEDED, 29)

    work()

    assert not JobRun.objects.filter(kind="prune").exists()


def test_a_pruning_that_waits_is_joined(customer: Customer) -> None:
    job(customer, Status.SUCCEEDED, 31)

    request_if_needed()
    request_if_needed()

    assert JobRun.objects.filter(kind="prune").count() == 1
