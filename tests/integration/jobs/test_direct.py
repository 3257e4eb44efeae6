"""How a sync ended, told to whoever syncs several customers in turn."""

from typing import Any

from django.db import connection
from structlog.testing import capture_logs

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.sync.results import Status, SyncResult, sync_and_tell
from workflow_mirror.sync.service import Progress
from workflow_mirror.workflows.models import Workflow


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
    assert isinstance(bug["exc_info"], ZeroDivisionError)
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

    assert "connection to the database broke off" in str(result.error)
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
    assert "database" in str(result.error)
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
