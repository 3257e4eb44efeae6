"""Entries of the change log, and the exports that they compare."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.workflows.models import Workflow, WorkflowExport

Kind = WorkflowChange.Kind


def an_entry(workflow: Workflow, kind: str = Kind.CREATED, **values: Any) -> WorkflowChange:
    return WorkflowChange.objects.create(
        **{
            "customer": workflow.customer,
            "workflow": workflow,
            "workflow_zuora_id": workflow.zuora_id,
            "seen_at": timezone.now(),
            "kind": kind,
            **values,
        }
    )


def an_export(workflow: Workflow, name: str, document: Any, **values: Any) -> WorkflowExport:
    """`name` makes its content hash."""
    return WorkflowExport.objects.create(
        **{
            "customer": workflow.customer,
            "workflow": workflow,
            "workflow_zuora_id": workflow.zuora_id,
            "content_hash": name * (64 // len(name)),
            "document": document,
            "first_seen_at": timezone.now(),
            "last_seen_at": timezone.now(),
            **values,
        }
    )


def an_edit(workflow: Workflow, before: Any, after: Any, **values: Any) -> WorkflowChange:
    """An entry of changed content; its diff is not in words yet."""
    number = WorkflowExport.objects.count()
    exports = [
        an_export(workflow, f"{number + place:04x}", document)
        for place, document in enumerate((before, after))
    ]
    return an_entry(
        workflow, Kind.CONTENT, export_before=exports[0], export_after=exports[1], **values
    )


def at(text: str) -> datetime:
    """Such as "2026-11-23 08:00", in UTC."""
    return datetime.fromisoformat(f"{text}+00:00")
