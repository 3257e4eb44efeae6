"""What is too large or takes too long: an error of one workflow, or of the sync."""

from typing import Any

import pytest
from pytest_django import Settings

from tests.integration.zuora.raw_server import dripping_body, raw_server
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.errors import AnswerTooLargeError, UnreachableError


def kept() -> list[dict[str, Any]]:
    fields = ("zuora_id", "json_export", "exported_at", "deleted_at")
    return list(Workflow.objects.order_by("zuora_id").values(*fields))


def test_an_export_that_is_too_large_is_reported_and_keeps_the_last_good_one(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, settings: Settings
) -> None:
    tenant.generate(3, tasks=2)
    service.sync_customer_workflows(customer)
    before = Workflow.objects.get(zuora_id=str(min(tenant.definitions))).json_export
    settings.ZWM_MAX_ANSWER_MB = 0.1
    key = min(tenant.definitions)
    tenant.set_export(key, {**tenant.export(key), "padding": "x" * 200_000})

    stats = service.sync_customer_workflows(customer, full=True)

    assert stats["total"] == 3
    assert stats["errors"]
    workflow = Workflow.objects.get(zuora_id=str(key))
    assert workflow.export_error == (
        "Zuora's answer is too large (export workflow): more than 0.1 MB"
    )
    assert workflow.json_export == before
    assert Workflow.objects.exclude(export_error="").count() == 1


def test_a_list_page_that_is_too_large_fails_the_sync_and_changes_nothing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, settings: Settings
) -> None:
    tenant.generate(10, tasks=2)
    service.sync_customer_workflows(customer)
    before = kept()
    settings.ZWM_MAX_ANSWER_MB = 0.001

    with pytest.raises(AnswerTooLargeError, match="list workflows"):
        service.sync_customer_workflows(customer)

    assert kept() == before


def test_a_zuora_that_drips_ends_the_sync(
    service: WorkflowSyncService, customer: Customer, settings: Settings
) -> None:
    settings.ZWM_REQUEST_SECONDS = 0.5
    with raw_server(dripping_body) as url:
        Customer.objects.filter(pk=customer.pk).update(zuora_base_url=url)
        customer.refresh_from_db()

        with pytest.raises(UnreachableError, match=r"no complete answer within 0\.5 seconds"):
            service.sync_customer_workflows(customer)
