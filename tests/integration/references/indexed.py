"""Workflows whose references are in the index."""

from typing import Any

from workflow_mirror.customers.models import Customer
from workflow_mirror.references.index_again import index_again
from workflow_mirror.workflows.models import Workflow


def an_indexed_workflow(
    customer: Customer, zuora_id: str, *tasks: dict[str, Any], name: str = "Dunning", **more: Any
) -> Workflow:
    """Tasks have IDs from 801; `more` is what the export says outside of tasks."""
    workflow = Workflow.objects.create(
        customer=customer, zuora_id=zuora_id, name=name, state="Active"
    )
    entries = [{"id": 801 + place, **task} for place, task in enumerate(tasks)]
    workflow.json_export = {"workflow": {"name": name, **more}, "tasks": entries}
    workflow.sync_tasks_from_json()
    index_again([workflow.pk])
    return workflow


def a_call(name: str = "Start", **parameters: Any) -> dict[str, Any]:
    return {"name": name, "action_type": "Execute::WorkflowTask", "parameters": parameters}
