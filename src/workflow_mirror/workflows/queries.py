"""Reading the mirror."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.workflows.models import Task, Workflow

LIST_FIELDS = (
    "id",
    "customer__name",
    "zuora_id",
    "name",
    "description",
    "state",
    "version",
    "type",
    "priority",
    "callout_trigger",
    "ondemand_trigger",
    "scheduled_trigger",
    "interval",
    "timezone",
    "created_on",
    "updated_on",
    "last_synced_at",
    "exported_at",
    "export_error",
    "oddities",
    "deleted_at",
)
TASK_FIELDS = (
    "zuora_id",
    "name",
    "action_type",
    "task_type",
    "object",
    "object_id",
    "call_type",
    "priority",
)


def list_workflows(
    *, customers: list[str] | None = None, state: str = "", search: str = ""
) -> list[dict[str, Any]]:
    """Workflows as data, by customer and name; `tasks` counts them. Loads no export.

    `state` is compared without regard to case; `search` looks into name, description and id.
    """
    found = Workflow.objects.all()
    if customers:
        found = found.filter(customer__name__in=customers)
    if state:
        found = found.filter(state__iexact=state)
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(description__icontains=search) | Q(zuora_id=search)
        )
    return [_as_data(row) for row in _rows(found).order_by("customer__name", "name", "id")]


def show_workflow(pk: int) -> dict[str, Any]:
    """One workflow as data, `tasks` listed. Raises UnknownWorkflowError."""
    row = _rows(Workflow.objects.filter(pk=pk)).first()
    if row is None:
        raise UnknownWorkflowError(pk)
    tasks = Task.objects.filter(workflow=pk).order_by("id").values(*TASK_FIELDS)
    return _as_data(row) | {"tasks": list(tasks)}


def stored_export(pk: int) -> Any:
    """The last good export; None if there never was one. Raises UnknownWorkflowError."""
    row = Workflow.objects.filter(pk=pk).values_list("json_export").first()
    if row is None:
        raise UnknownWorkflowError(pk)
    return row[0]


def _rows(workflows: QuerySet[Workflow]) -> QuerySet[Any, dict[str, Any]]:
    rows: QuerySet[Any, dict[str, Any]]
    rows = workflows.annotate(task_count=Count("tasks")).values(*LIST_FIELDS, "task_count")
    return rows


def _as_data(row: dict[str, Any]) -> dict[str, Any]:
    data = {key: _plain(value) for key, value in row.items()}
    data["customer"] = data.pop("customer__name")
    data["tasks"] = data.pop("task_count")
    data["export_error"] = data["export_error"] or None
    return data


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def exported_workflows(pk: int | None = None) -> list[int]:
    """The keys of the workflows that have a stored export: this one, or all.

    Raises UnknownWorkflowError.
    """
    if pk is not None and not Workflow.objects.filter(pk=pk).exists():
        raise UnknownWorkflowError(pk)
    found = Workflow.objects.filter(json_export__isnull=False).order_by("pk")
    if pk is not None:
        found = found.filter(pk=pk)
    return list(found.values_list("pk", flat=True))
