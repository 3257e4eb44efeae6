"""Odd exports are stored whole and reported; their tasks come out; nothing is fatal."""

import json
from secrets import token_hex
from typing import Any

import pytest
from structlog.testing import capture_logs

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.export_warnings import (
    characters_replaced,
    warning_texts_in_english,
)
from workflow_mirror.workflows.models import Task, Workflow

ODD: list[tuple[dict[str, Any], int, str]] = [
    ({"workflow": {"id": 1}}, 0, "no list of tasks"),
    ({"workflow": {}, "tasks": [{"id": 1}], "linkages": None}, 1, "no list of linkages"),
    (
        {"workflow": {}, "tasks": [{"id": 1}, {"id": "1"}], "linkages": []},
        2,
        "task id 1 is doubled",
    ),
    ({"workflow": {}, "tasks": [{"name": "x"}], "linkages": []}, 1, "task 1 has no id"),
    ({"workflow": {}, "tasks": [None, 7, "x"], "linkages": []}, 3, "task 1 is no object"),
    (
        {"workflow": {}, "tasks": [{"id": 1, "action_type": "Brand::New"}], "linkages": []},
        1,
        "task 1 has no parameters",
    ),
]


@pytest.mark.parametrize(("document", "tasks", "warning"), ODD)
def test_an_odd_export_is_kept_and_reported(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    document: dict[str, Any],
    tasks: int,
    warning: str,
) -> None:
    definition = tenant.add_workflow(tasks=1)
    tenant.set_export(definition.id, document)

    stats = service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert (stats["created"], stats["failed"]) == (1, 0)
    assert workflow.json_export == document
    assert warning in warning_texts_in_english(workflow.oddities)
    assert Task.objects.count() == tasks


def test_characters_that_postgresql_cannot_hold_are_replaced_with_a_warning(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=1)
    tenant.rename(definition.id, "Nul\0 in the list")
    raw = {"workflow": {"name": "a\0b"}, "tasks": [{"id": "1\0", "name": "\udc00"}]}
    tenant.set_export(definition.id, json.dumps(raw).encode())

    service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert workflow.name == "Nul\ufffd in the list"
    assert workflow.json_export is not None
    assert workflow.json_export["workflow"] == {"name": "a\ufffdb"}
    assert Task.objects.get().zuora_id == "1\ufffd"
    assert characters_replaced("$.workflow.name") in workflow.oddities
    assert service.sync_customer_workflows(customer)["unchanged"] == 1


def test_an_export_of_thousands_of_tasks_is_stored(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=1)
    tasks = [{"id": number, "name": "x" * 50, "parameters": {}} for number in range(3000)]
    tenant.set_export(definition.id, {"workflow": {}, "tasks": tasks, "linkages": []})

    service.sync_customer_workflows(customer)

    assert Task.objects.count() == 3000


def test_numbers_beyond_64_bits_in_a_list_row_are_stored_exactly(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    odd, _ = tenant.generate(2, tasks=1)
    tenant.set_row(odd.id, {"a_number": 2**70})

    assert service.sync_customer_workflows(customer)["created"] == 2

    assert Workflow.objects.get(zuora_id=str(odd.id)).list_row["a_number"] == 2**70
    assert service.sync_customer_workflows(customer)["unchanged"] == 2


@pytest.mark.parametrize("column", ["id", "action_type"])
def test_what_the_database_cannot_hold_is_reported_and_the_rest_is_stored(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, column: str
) -> None:
    bad, *_ = tenant.generate(3, tasks=1)
    # Long, without a pattern to compress, and in a column with an index.
    task = {"id": 1, "parameters": {}, column: token_hex(4000)}
    tenant.set_export(bad.id, {"workflow": {}, "tasks": [task], "linkages": []})

    stats = service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get(zuora_id=str(bad.id))
    assert (stats["created"], stats["failed"], stats["total"]) == (2, 1, 3)
    assert workflow.export_error == "The database cannot hold it (ProgramLimitExceeded)"
    assert workflow.json_export is None


def test_a_list_row_that_the_database_cannot_hold_is_reported_and_the_rest_is_stored(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    bad, *_ = tenant.generate(3, tasks=1)
    tenant.set_row(bad.id, {"status": token_hex(4000)})

    with capture_logs() as logs:
        stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"], stats["total"]) == (2, 1, 3)
    assert str(bad.id) in {event.get("workflow_zuora_id") for event in logs}
    assert Workflow.objects.count() == 2


def test_an_export_nested_too_deeply_is_reported_and_the_rest_is_stored(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    bad, _ = tenant.generate(2, tasks=1)
    deep = '{"a":' * 900 + '"\\u0000"' + "}" * 900
    tenant.set_export(bad.id, f'{{"workflow": {{}}, "tasks": [], "x": {deep}}}'.encode())

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (1, 1)
    assert "nested too deeply" in Workflow.objects.get(zuora_id=str(bad.id)).export_error


@pytest.mark.parametrize("zuora_id", [-5, "1 2", "x", True, 1.5, [1], "../7"])
def test_an_id_that_is_no_number_is_counted_as_an_error(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, zuora_id: Any
) -> None:
    odd, _ = tenant.generate(2, tasks=1)
    tenant.set_row(odd.id, {"id": zuora_id})

    with capture_logs() as logs:
        stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (1, 1)
    warning = {"event": "Rows without an id in Zuora's list", "log_level": "warning", "rows": 1}
    assert warning | {"customer_id": customer.pk} in logs


def test_a_known_workflow_that_becomes_odd_is_reported_and_is_well_once_it_is_mended(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=1)
    good = tenant.export(definition.id)
    service.sync_customer_workflows(customer)

    tenant.set_export(definition.id, {**good, "linkages": None})
    service.sync_customer_workflows(customer, full=True)
    assert warning_texts_in_english(Workflow.objects.get().oddities) == ["no list of linkages"]

    tenant.set_export(definition.id, good)
    service.sync_customer_workflows(customer, full=True)
    assert Workflow.objects.get().oddities == []
