"""Syncs without the queue: their results, and the job runs that they leave."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from structlog.testing import capture_logs

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.jobs import control, reaper, runs
from workflow_mirror.jobs.errors import JobError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.jobs.work import SECONDS_BETWEEN_NOTES
from workflow_mirror.sync import direct
from workflow_mirror.sync.direct import sync_now
from workflow_mirror.sync.requests import Options
from workflow_mirror.sync.results import Status, SyncResult
from workflow_mirror.sync.service import Progress
from workflow_mirror.workflows.models import Workflow

from .conftest import engine_jobs, other_worker


def sync_and_tell(
    customer: Customer, on_progress: Callable[[Progress], None] = lambda _: None
) -> SyncResult:
    [result] = sync_now([customer], requested_by="test", on_progress=on_progress)
    return result


def test_a_good_sync_has_succeeded(customer: Customer, tenant: Tenant) -> None:
    tenant.add_workflow(tasks=1)

    result = sync_and_tell(customer)

    assert (result.status, result.error, result.stats["created"]) == (Status.SUCCEEDED, None, 1)
    assert result.as_dict()["status"] == "succeeded"


def test_errors_in_single_workflows_are_completed_with_errors(
    customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(2, tasks=1)
    fake.fail("not_found", on="export", times=None, workflow_id=min(tenant.definitions))

    result = sync_and_tell(customer)

    assert (result.status, result.error) == (Status.COMPLETED_WITH_ERRORS, None)


def test_a_failed_sync_tells_why_and_what_it_did(
    customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    fake.fail("bad_credentials", on="token", times=None)

    result = sync_and_tell(customer)

    assert (result.status, result.stats["requests"]) == (Status.FAILED, 1)
    assert "Invalid credentials" in str(result.error)


def test_a_bug_is_logged_with_its_trace_and_the_next_customer_gets_its_turn(
    customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)

    def broken(_progress: Progress) -> None:
        raise ZeroDivisionError("a secret perhaps")

    with capture_logs() as logs:
        result = sync_and_tell(customer, on_progress=broken)

    [bug] = [event for event in logs if event["event"] == "Bug in the sync"]
    assert bug["exc_info"]
    assert result.status == Status.FAILED
    assert "a secret" not in f"{result.error}{[log for log in logs if log is not bug]}"
    assert sync_and_tell(customer).status == Status.SUCCEEDED


def test_a_broken_connection_is_told_and_the_next_sync_has_a_new_one(
    customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(2, tasks=1)

    def break_it(_progress: Progress) -> None:
        assert connection.connection is not None
        connection.connection.close()

    result = sync_and_tell(customer, on_progress=break_it)

    assert "connection to the database was lost" in str(result.error)
    connection.close()
    assert sync_and_tell(customer).status == Status.SUCCEEDED


def test_after_a_database_error_the_next_customer_has_a_new_connection(
    customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)
    before = connection.connection

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        return execute("SELECT 1/0" if "INSERT INTO tasks" in sql else sql, *rest)

    with connection.execute_wrapper(fail):
        result = sync_and_tell(customer)

    assert result.status == Status.FAILED
    assert "Database error" in str(result.error)
    assert connection.connection is not before


def test_the_credentials_count_that_are_stored_when_its_turn_comes(
    customer: Customer, tenant: Tenant
) -> None:
    Customer.objects.update(zuora_client_id="of yesterday")
    waiting = Customer.objects.get()
    Customer.objects.update(zuora_client_id=tenant.client_id)

    assert sync_and_tell(waiting).status == Status.SUCCEEDED


def test_a_customer_removed_before_its_turn_is_told(customer: Customer) -> None:
    waiting = Customer.objects.get()
    customer.delete()

    result: SyncResult = sync_and_tell(waiting)

    assert result.status == Status.FAILED
    assert "Rossi S.p.A. has been removed" in str(result.error)


def test_a_customer_removed_while_its_sync_runs_is_told(customer: Customer, tenant: Tenant) -> None:
    tenant.generate(2, tasks=1)

    def remove(_progress: Progress) -> None:
        Customer.objects.filter(pk=customer.pk).delete()

    result = sync_and_tell(customer, on_progress=remove)

    assert "Rossi S.p.A. has been removed" in str(result.error)
    assert Workflow.objects.count() == 0


def test_a_direct_sync_leaves_a_job_run_with_its_attempt(
    customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(2, tasks=1)

    result = sync_and_tell(customer)

    run = JobRun.objects.get(kind="sync")
    [attempt] = run.attempts.all()
    assert (run.status, run.requested_by, run.attempt) == (JobRun.Status.SUCCEEDED, "test", 1)
    assert (run.output, run.requests) == (result.stats, result.stats["requests"])
    assert (attempt.number, attempt.outcome) == (1, "succeeded")
    assert not WorkerProcess.objects.exists()


def test_a_direct_sync_that_fails_is_a_failed_job(
    customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    fake.fail("bad_credentials", on="token", times=None)

    result = sync_and_tell(customer)

    run = JobRun.objects.get()
    assert (run.status, run.error) == (JobRun.Status.FAILED, result.error)
    assert "InvalidCredentialsError" in run.exception


def test_a_direct_sync_can_be_cancelled(customer: Customer, tenant: Tenant) -> None:
    tenant.generate(3, tasks=1)

    def cancel(_progress: Progress) -> None:
        control.cancel(JobRun.objects.get().pk)
        time.sleep(SECONDS_BETWEEN_NOTES)

    result = sync_and_tell(customer, on_progress=cancel)

    assert JobRun.objects.get().status == JobRun.Status.CANCELLED
    assert (result.status, "was cancelled" in str(result.error)) == (Status.FAILED, True)


def test_a_direct_sync_stopped_by_ctrl_c_is_a_cancelled_job(
    customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)

    def interrupt(_progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync_and_tell(customer, on_progress=interrupt)

    assert JobRun.objects.get().status == JobRun.Status.CANCELLED


def killed(customer: Customer) -> JobRun:
    """A direct sync whose process has been killed long ago."""
    worker = other_worker(silent_for=3600)
    WorkerProcess.objects.update(concurrency=0)
    lease = Lease(0)
    lease.id, lease.name = worker.id, str(worker)
    return runs.begin_directly(direct._job(customer, Options(), "test"), lease)


def test_the_next_direct_sync_ends_what_a_killed_one_has_left(
    customer: Customer, tenant: Tenant
) -> None:
    run = killed(customer)

    assert sync_and_tell(customer).status == Status.SUCCEEDED

    assert JobRun.objects.get(pk=run.pk).status == JobRun.Status.FAILED


def test_a_direct_sync_that_was_killed_has_ended_for_whoever_cancels_it(customer: Customer) -> None:
    run = killed(customer)

    with pytest.raises(JobError, match="ended already"):
        control.cancel(run.pk)

    assert JobRun.objects.get(pk=run.pk).status == JobRun.Status.FAILED


def test_a_direct_sync_whose_process_is_killed_fails_and_is_not_queued(
    customer: Customer, tenant: Tenant
) -> None:
    killed(customer)

    reaper.reap()

    run = JobRun.objects.get()
    assert (run.status, engine_jobs("id")) == (JobRun.Status.FAILED, [])
    assert run.error.startswith("Worker lost: ")


def test_a_process_that_syncs_directly_is_no_worker_of_the_queue(customer: Customer) -> None:
    alive: list[int] = []

    sync_and_tell(customer, on_progress=lambda _: alive.append(len(alive_workers())))

    assert set(alive) == {0}
