"""Workflows and tasks of two customers, Zuora's texts at their worst among them."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow, WorkflowExport

EVIL = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","click")'


def a_task(key: str, name: str, action_type: str = "Query", **more: Any) -> dict[str, Any]:
    return {"id": key, "name": name, "action_type": action_type, "parameters": {}, **more}


def a_document(*tasks: dict[str, Any]) -> dict[str, Any]:
    """The tasks one after the other."""
    keys = [task["id"] for task in tasks]
    links = [{"source_workflow_id": 1, "target_task_id": keys[0], "linkage_type": "Start"}]
    links += [
        {"source_task_id": one, "target_task_id": next_one, "linkage_type": "Success"}
        for one, next_one in pairwise(keys)
    ]
    return {"workflow": {"id": 1, "name": "n"}, "tasks": list(tasks), "linkages": links}


def a_workflow(customer: Customer, zuora_id: str, **values: Any) -> Workflow:
    """With its tasks, and its export in the history."""
    document = values.pop("document", None)
    defaults = {"name": f"Flow {zuora_id}", "state": "Active", "last_synced_at": timezone.now()}
    workflow = Workflow.objects.create(
        customer=customer, zuora_id=zuora_id, **{**defaults, **values}
    )
    if document is not None:
        workflow.json_export = document
        workflow.sync_tasks_from_json()
        seen = timezone.now() - timedelta(days=1)
        WorkflowExport.objects.create(
            customer=customer,
            workflow=workflow,
            workflow_zuora_id=zuora_id,
            content_hash=workflow.export_hash,
            zuora_version="3",
            document=document,
            first_seen_at=seen,
            last_seen_at=seen,
        )
    return workflow
