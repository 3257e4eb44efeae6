"""Workflows that the search finds."""

from typing import Any

from workflow_mirror.customers.models import Customer
from workflow_mirror.references.index_again import index_again
from workflow_mirror.workflows.models import Workflow

TASKS: tuple[dict[str, Any], ...] = (
    {
        "id": 801,
        "name": "Call ERP",
        "action_type": "Callout",
        "parameters": {
            "url": "https://erp.example.com/v1/invoices",
            "headers": [{"key": "Accept", "value": "application/json"}],
            "raw_body": "{{ GlobalConstants.ERP_HOST }}",
        },
    },
    {
        "id": 802,
        "name": "Mail billing",
        "action_type": "Email",
        "parameters": {
            "to": "billing@old.example.com",
            "body": "Dear customer\nyour <b>renewal notice</b>",
        },
    },
    {
        "id": 803,
        "name": "Query accounts",
        "action_type": "Query",
        "object": "Account",
        "parameters": {"fields": {"Account": {"Id": "true", "Region__c": "true"}}},
    },
)


def an_indexed_workflow(
    customer: Customer,
    *tasks: dict[str, Any],
    zuora_id: str = "4711",
    name: str = "Dunning",
    **columns: Any,
) -> Workflow:
    """With the tasks above unless others are given."""
    workflow = Workflow.objects.create(
        customer=customer, zuora_id=zuora_id, name=name, **{"state": "Active", **columns}
    )
    workflow.json_export = {
        "workflow": {"name": name, "description": "Reminds of payments"},
        "tasks": list(tasks or TASKS),
    }
    workflow.sync_tasks_from_json()
    Workflow.objects.filter(pk=workflow.pk).update(json_export=workflow.json_export)
    index_again([workflow.pk])
    return workflow
