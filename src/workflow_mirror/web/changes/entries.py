"""Entries of the change log on pages: badges, and where they lead."""

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.web.kit import table_cells

Kind = WorkflowChange.Kind

VARIANTS: dict[str, str] = {
    Kind.CREATED: "success",
    Kind.CONTENT: "info",
    Kind.RENAMED: "info",
    Kind.ACTIVATED: "success",
    Kind.DEACTIVATED: "warning",
    Kind.SETTINGS: "info",
    Kind.DRAFT: "default",
    Kind.DELETED: "danger",
    Kind.RESTORED: "success",
    Kind.EXPORT_FAILED: "danger",
    Kind.EXPORT_RECOVERED: "success",
}


def badge(kind: str) -> SafeString:
    return table_cells.label(capfirst(Kind(kind).label), VARIANTS[kind])


def compare_url(before: int | None, after: int | None) -> str:
    """The comparison of two stored exports; "" unless there are two."""
    if before is None or after is None:
        return ""
    page = reverse("admin:workflows_workflow_compare")
    return f"{page}?{urlencode({'a': before, 'b': after})}"


def comparison_of(entry: WorkflowChange) -> str:
    return compare_url(entry.export_before_id, entry.export_after_id)


def page_of(entry: WorkflowChange) -> str:
    """The comparison, or else the timeline of the workflow."""
    return comparison_of(entry) or timeline_of(entry)


def timeline_of(entry: WorkflowChange) -> str:
    """On the workflow's page; the list of changes if the workflow's row is gone."""
    if entry.workflow_id is None:
        return reverse("admin:history_workflowchange_changelist")
    return reverse("admin:workflows_workflow_change", args=(entry.workflow_id,)) + "?tab=history"


def name_of(entry: WorkflowChange) -> str:
    return str(entry.workflow or entry.workflow_zuora_id)
