"""The log events, with exactly the texts that DESIGN.md gives; and promise 9."""

import pytest
from structlog.testing import capture_logs

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.errors import ZuoraError


def test_a_completed_sync_tells_its_stats(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)

    with capture_logs() as logs:
        service.sync_customer_workflows(customer)

    [event] = logs
    assert (event["event"], event["log_level"]) == ("Workflow sync completed", "info")
    assert (event["customer_id"], event["stats"]["created"]) == (customer.pk, 1)


def test_a_failed_export_is_a_warning_that_names_the_workflow(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    definition = tenant.add_workflow(tasks=1)
    fake.fail("not_found", on="export", times=None)

    with capture_logs() as logs:
        service.sync_customer_workflows(customer)

    event = logs[0]
    assert (event["event"], event["log_level"]) == ("Failed to download workflow JSON", "warning")
    assert event["workflow_zuora_id"] == str(definition.id)
    assert event["customer_id"] == customer.pk


def test_refused_credentials_are_an_error_of_their_own(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora
) -> None:
    fake.fail("bad_credentials", on="token", times=None)

    with capture_logs() as logs, pytest.raises(ZuoraError):
        service.sync_customer_workflows(customer)

    events = [(event["event"], event["log_level"]) for event in logs]
    assert ("Cannot sync workflows: Invalid credentials", "error") in events
    assert ("Workflow sync failed", "error") in events


def test_neither_secrets_nor_parameters_get_into_logs_errors_or_urls(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    definition = tenant.add_workflow(tasks=1)
    document = tenant.export(definition.id)
    document["tasks"][0]["parameters"] = {"authorization": {"password": "hush-hush"}}
    tenant.set_export(definition.id, document)
    with capture_logs() as logs:
        service.sync_customer_workflows(customer)
        fake.fail("truncated_json", on="export", times=None)
        service.sync_customer_workflows(customer, full=True)
        fake.fail("unauthorized", on="list", times=None)
        with pytest.raises(ZuoraError) as raised:
            service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    said = f"{logs}{raised.value!r}{Workflow.objects.get().export_error}{customer.needs_attention}"
    urls = "".join(f"{record.path}{record.query}" for record in fake.requests)
    for secret in ("hush-hush", tenant.client_secret, "Bearer"):
        assert secret not in said + urls


def test_a_failed_sync_names_the_customer_and_the_reason(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    fake.fail("forbidden", on="list", times=None)

    with capture_logs() as logs, pytest.raises(ZuoraError) as raised:
        service.sync_customer_workflows(customer)

    [event] = [event for event in logs if event["log_level"] == "error"]
    assert event == {
        "event": "Workflow sync failed",
        "log_level": "error",
        "customer_id": customer.pk,
        "reason": str(raised.value),
    }


def test_the_text_of_a_foreign_error_stays_out_of_the_log(
    customer: Customer, tenant: Tenant
) -> None:
    def broken(_progress: object) -> None:
        raise ValueError("perhaps a parameter")

    with capture_logs() as logs, pytest.raises(ValueError, match="perhaps"):
        WorkflowSyncService(on_progress=broken).sync_customer_workflows(customer)

    [reason] = [event["reason"] for event in logs]
    assert reason.startswith("Unexpected error: ValueError in sync/service.py, line ")
