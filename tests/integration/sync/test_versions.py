"""Which version is exported, in either dialect."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from workflow_mirror.customers.access import open_client
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Workflow

from .conftest import Mirror


@pytest.mark.parametrize("dialect", ["documented", "newer"])
@pytest.mark.parametrize("no_active_version", ["null", "absent"])
def test_both_dialects_are_mirrored_alike(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    assert_mirrored: Mirror,
    dialect: str,
    no_active_version: str,
) -> None:
    tenant.options.dialect = dialect  # type: ignore[assignment]
    tenant.options.no_active_version = no_active_version  # type: ignore[assignment]
    tenant.generate(60, tasks=3)

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (60, 0)
    assert_mirrored(customer, tenant)
    assert service.sync_customer_workflows(customer)["unchanged"] == 60


def test_a_definition_without_active_version_gives_its_newest(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=2, active=False)
    for number in range(9):
        tenant.add_version(definition.id, activate=False, number=f"0.0.{number + 2}")

    service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert workflow.version == "0.0.10"
    assert workflow.json_export == tenant.export(definition.id, "latest")


def test_a_version_activated_after_the_list_was_read_is_found(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=2)
    row = tenant.row(definition.id)
    tenant.deactivate(definition.id)
    tenant.set_row(definition.id, {"active_version": row["active_version"]})

    stats = service.sync_customer_workflows(customer)

    assert stats["failed"] + stats["created"] == 1


def test_another_activated_version_is_exported(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    definition = tenant.add_workflow(tasks=2)
    service.sync_customer_workflows(customer)
    tenant.add_version(definition.id, activate=True)

    assert service.sync_customer_workflows(customer)["updated"] == 1

    assert Workflow.objects.get().version == "0.0.2"
    assert_mirrored(customer, tenant)


def test_everything_that_the_list_tells_is_kept(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow("Fattura elettronica – à é", description="Ogni notte")
    row = tenant.row(definition.id)

    service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert workflow.list_row == row
    assert workflow.description == "Ogni notte"
    assert workflow.state == row["status"]
    assert workflow.interval == (row["interval"] or "")
    assert workflow.timezone == (row["timezone"] or "")
    assert workflow.callout_trigger is row["calloutTrigger"]
    assert workflow.created_on is not None
    assert workflow.version_id == str(row["active_version"]["id"])
    assert workflow.zuora_id == str(definition.id) != workflow.version_id


def test_entities_and_orgs_are_named_where_the_customer_has_them(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    entity = "1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc"
    tenant.options.entities = (entity, "c92ed977-510c-4c48-9b51-8d5e848671e9")
    tenant.add_workflow(tasks=1)
    customer.zuora_entity_id = entity

    service.sync_customer_workflows(customer)

    assert {record.headers["zuora-entity-ids"] for record in fake.requests.of("export")} == {entity}


def test_all_requests_of_a_sync_carry_one_track_id(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)

    service.sync_customer_workflows(customer)
    service.sync_customer_workflows(customer)

    track_ids = {record.headers["zuora-track-id"] for record in fake.requests}
    assert len(track_ids) == 2


def test_the_other_server_of_next_page_is_never_called(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, server: Server
) -> None:
    tenant.options.next_page_host = "http://127.0.0.1:9"
    tenant.generate(60, tasks=1)

    assert service.sync_customer_workflows(customer)["created"] == 60


LIST_COLUMNS = (
    "name",
    "description",
    "state",
    "created_on",
    "updated_on",
    "version",
    "version_id",
    "type",
    "priority",
    "callout_trigger",
    "ondemand_trigger",
    "scheduled_trigger",
    "interval",
    "timezone",
    "list_row",
    "updated_at",
    "last_synced_at",
    "export_fingerprint",
    "exported_at",
)


def test_whatever_changes_in_the_list_is_taken_over(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow("Before", tasks=1)
    service.sync_customer_workflows(customer)
    before = Workflow.objects.values(*LIST_COLUMNS, "created_at").get()
    row = tenant.row(definition.id)
    changed: dict[str, Any] = {
        key: f"other {key}" for key in ("name", "description", "interval", "timezone")
    }
    changed |= {"status": "Inactive", "priority": "Other", "createdAt": "2001-01-01 00:00:00"}
    changed |= {key: not row[key] for key in row if key.endswith("Trigger")}
    changed["updatedAt"] = "2026-01-02T03:04:05.678+08:00"
    changed["active_version"] = {"id": 9, "version": "7.7", "type": "Workflow::Other"}
    tenant.set_row(definition.id, changed)

    assert service.sync_customer_workflows(customer)["updated"] == 1

    after = Workflow.objects.values(*LIST_COLUMNS, "created_at").get()
    assert [column for column in after if after[column] == before[column]] == ["created_at"]
    assert after["updated_on"] == datetime(2026, 1, 1, 19, 4, 5, 678000, UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "Inactive"},
        {"active_version": {"id": 9, "version": "0.0.1"}},
        {"latest_inactive_versions": [{"id": 1}]},
        {"a_new_field": 1},
    ],
)
def test_any_change_of_the_list_row_exports_again(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, change: dict[str, Any]
) -> None:
    definition = tenant.add_workflow(tasks=1)
    service.sync_customer_workflows(customer)
    tenant.set_row(definition.id, change)

    stats = service.sync_customer_workflows(customer)

    assert (stats["exported"], stats["updated"]) == (1, 1)


def test_a_version_deactivated_after_the_list_was_read_is_found(
    customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=2)
    requests = iter(range(100))

    def before_the_export() -> None:
        if next(requests) == 2:  # after those for the token and the list
            tenant.deactivate(definition.id)

    opener = partial(open_client, on_request=before_the_export)
    stats = WorkflowSyncService(client_opener=opener).sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (1, 0)
    assert Workflow.objects.get().json_export == tenant.export(definition.id, "latest")


def test_another_version_than_the_active_one_is_never_taken_for_it(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    definition = tenant.add_workflow(tasks=2)
    tenant.add_version(definition.id, activate=False)
    fake.fail("not_found", on="export", times=1)

    stats = service.sync_customer_workflows(customer)

    assert (stats["failed"], len(fake.requests.of("export"))) == (1, 1)
