"""The numbers of older syncs survive the change of their form, forward and back."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import control, runs
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.jobs.report import Report

from .conftest import again, queued

BEFORE = [("jobs", "0003_web_admin")]


@pytest.fixture
def all_migrated_again(transactional_db: None) -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


def outputs() -> list[dict[str, object] | None]:
    return list(JobRun.objects.order_by("pk").values_list("output", flat=True))


def test_the_number_of_failures_is_kept_both_ways(
    customer: Customer, all_migrated_again: None
) -> None:
    run = queued(customer)
    listed = [{"zuora_id": "1", "name": "a", "code": "not_found", "reason": "gone"}]
    JobRun.objects.filter(pk=run.pk).update(
        status="succeeded", output={"created": 1, "errors": listed, "failed": 1}
    )
    queued(customer)

    MigrationExecutor(connection).migrate(BEFORE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT output->'errors', output->'failed' FROM job_manager ORDER BY id")
        older = cursor.fetchall()
    call_command("migrate", verbosity=0)

    assert [tuple(map(str, row)) for row in older] == [("1", "None"), ("None", "None")]
    assert outputs() == [{"created": 1, "errors": [], "failed": 1}, None]


BEFORE_KINDS = [("jobs", "0006_plain_words")]


def test_the_options_of_a_sync_become_its_kind_and_arguments_and_options_again(
    customer: Customer, all_migrated_again: None
) -> None:
    plain = queued(customer, full=True, allow_mass_delete=True)
    JobRun.objects.update(status="completed_with_errors")
    control.retry(plain.pk)
    JobRun.objects.update(status="failed")
    queued(customer, full=True)
    pruning = {"kind": "prune", "name": "delete old jobs", "unique_key": "prune"}
    now = timezone.now()
    JobRun.objects.create(**pruning, requested_by="x", queued_at=now, due_at=now)
    kinds = list(JobRun.objects.filter(kind__in=("sync", "retry_failed_exports")).values())

    MigrationExecutor(connection).migrate(BEFORE_KINDS)
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT name, "full", allow_mass_delete, failed_only FROM job_manager ORDER BY id'
        )
        older = cursor.fetchall()
    call_command("migrate", verbosity=0)

    name = "sync customer workflows"
    assert older == [(name, False, False, True), (name, True, False, False)]
    assert list(JobRun.objects.values()) == kinds


BEFORE_ONE_RUNNING = [("jobs", "0008_resolved_jobs")]


def test_of_two_running_jobs_with_one_key_the_later_goes_back_to_the_queue(
    customer: Customer, lease: Lease, all_migrated_again: None
) -> None:
    first = runs.begin(queued(customer).pk, lease)
    assert first is not None
    copy = JobRun.objects.get(pk=first.pk)
    copy.pk = None
    direct = runs.begin_directly(copy, lease)
    MigrationExecutor(connection).migrate(BEFORE_ONE_RUNNING)
    # The older index lets both run.
    second = queued(customer)
    JobRun.objects.filter(pk=second.pk).update(status="running", attempt=1, worker=lease.id)
    JobAttempt.objects.create(
        job_run=second, number=1, worker=lease.name, started_at=timezone.now()
    )

    call_command("migrate", verbosity=0)

    assert [again(run).status for run in (first, direct, second)] == [
        "running",
        "running",
        "waiting",
    ]
    assert (again(second).attempt, again(second).worker_id) == (0, None)
    assert [attempt.outcome for attempt in second.attempts.all()] == ["given back"]
    runs.end(first, JobRun.Status.SUCCEEDED, Report())
    assert again(second).engine_job_id != second.engine_job_id
