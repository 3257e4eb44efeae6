"""Odd exports are stored whole and reported; their tasks come out; nothing is fatal."""

import json
from typing import Any

import pytest

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync import WorkflowSyncService
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


@pytest.mark.parametrize(("document", "tasks", "oddity"), ODD)
def test_an_odd_export_is_kept_and_reported(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    document: dict[str, Any],
    tasks: int,
    oddity: str,
) -> None:
    definition = tenant.add_workflow(tasks=1)
    tenant.set_export(definition.id, document)

    stats = service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert (stats["created"], stats["errors"]) == (1, 0)
    assert workflow.json_export == document
    assert oddity in workflow.oddities
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
    assert "characters replaced at $.workflow.name" in workflow.oddities
    assert service.sync_customer_workflows(customer)["unchanged"] == 1


def test_an_export_of_thousands_of_tasks_is_stored(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=1)
    tasks = [{"id": number, "name": "x" * 50, "parameters": {}} for number in range(3000)]
    tenant.set_export(definition.id, {"workflow": {}, "tasks": tasks, "linkages": []})

    service.sync_customer_workflows(customer)

    assert Task.objects.count() == 3000
