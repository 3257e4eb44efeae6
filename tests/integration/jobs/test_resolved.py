"""A failed job is resolved when a later one has done its work."""

from importlib import import_module

import pytest
from django.db import connection

from tests.sync_jobs import sync_job
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.scoped import current_counts, newest
from workflow_mirror.sync.kinds import RETRY_FAILED_EXPORTS, SYNC

from .conftest import Work, again, queued

Status = JobRun.Status


def a_failed(customer: Customer, kind: str = SYNC.name) -> JobRun:
    queued(customer)
    failed = JobRun.objects.latest("pk")
    JobRun.objects.filter(pk=failed.pk).update(
        status=Status.FAILED, kind=kind, finished_at=failed.queued_at
    )
    return again(failed)


@pytest.fixture
def other_failed(customer: Customer) -> JobRun:
    other = Customer.objects.create(name="Bianchi", zuora_client_secret="s")
    return a_failed(other)


def test_a_sync_resolves_the_failed_ones_of_its_customer(
    tenant: Tenant, customer: Customer, other_failed: JobRun, work: Work
) -> None:
    tenant.generate(1, tasks=1)
    sync, retry = a_failed(customer), a_failed(customer, RETRY_FAILED_EXPORTS.name)
    done = queued(customer)

    work()

    assert again(done).status == Status.SUCCEEDED
    assert again(sync).resolved_at == again(retry).resolved_at == again(done).finished_at
    assert again(other_failed).resolved_at is None
    assert again(done).resolved_at is None
    assert current_counts(EVERYTHING) == {Status.FAILED: 1}
    assert newest(EVERYTHING, "failed", 10) == [other_failed.pk]
    assert control.failed_ids() == [other_failed.pk]


def test_a_sync_that_fails_or_is_cancelled_resolves_nothing(
    fake: FakeZuora, tenant: Tenant, customer: Customer, work: Work
) -> None:
    failed = a_failed(customer)
    control.cancel(queued(customer).pk)
    fake.fail("server_error", on="list", status=400)
    last = queued(customer)

    work()

    assert again(last).status == Status.FAILED
    assert again(failed).resolved_at is None


def test_a_retry_of_failed_exports_proves_nothing_about_the_rest(
    tenant: Tenant, customer: Customer, work: Work
) -> None:
    tenant.generate(1, tasks=1)
    sync, retry = a_failed(customer), a_failed(customer, RETRY_FAILED_EXPORTS.name)
    done = queued(customer)
    JobRun.objects.filter(pk=done.pk).update(kind=RETRY_FAILED_EXPORTS.name)

    work()

    assert again(done).status == Status.SUCCEEDED
    assert again(sync).resolved_at is None
    assert again(retry).resolved_at is not None


def test_a_resolved_job_that_is_retried_is_like_any_other(
    tenant: Tenant, customer: Customer, work: Work
) -> None:
    tenant.generate(1, tasks=1)
    failed = a_failed(customer)
    queued(customer)
    work()
    assert again(failed).resolved_at is not None

    control.retry(failed.pk)

    assert again(failed).resolved_at is None


def test_the_migration_resolves_what_a_later_job_has_done(customer: Customer) -> None:
    first, second = a_failed(customer), a_failed(customer, RETRY_FAILED_EXPORTS.name)
    done = JobRun.objects.create(
        **sync_job(customer)
        | {
            "status": Status.SUCCEEDED,
            "queued_at": second.queued_at,
            "due_at": second.queued_at,
            "finished_at": second.queued_at,
        }
    )
    last = a_failed(customer)
    migration = import_module("workflow_mirror.jobs.migrations.0008_resolved_jobs")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE job_manager SET finished_at = now() + id * interval '1 second'")
        cursor.execute(migration.RESOLVE)

    assert again(first).resolved_at == again(second).resolved_at == again(done).finished_at
    assert again(last).resolved_at is None
