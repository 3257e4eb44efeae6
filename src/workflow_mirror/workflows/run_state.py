"""The run state in an export, as opposed to the workflow's definition.

Source: API.md section 14. Zuora writes these fields itself: they differ between two exports of a
workflow that nobody has edited, so they are no part of its content.
"""

from typing import Any

WORKFLOW_FIELDS = frozenset(
    {"data", "finished_at", "original_workflow_id", "started_at", "status", "task_summary"}
)
"""`status` is null or says which version is active, which the list tells as well."""
TASK_FIELDS = frozenset(
    {
        "data_size",
        "error",
        "error_class",
        "error_details",
        "iterate_row_reference",
        "object_batched_reference",
        "original_task_id",
        "original_workflow_id",
        "process_id",
        "restart_at",
        "status",
    }
)


def without_run_state(document: Any) -> Any:
    """The export without run state: a copy where there is any, made of the parts of the original.

    Only fields of the workflow and of each task itself are left out. Deeper, as in `parameters`,
    the same names are content.
    """
    if not isinstance(document, dict):
        return document
    content = dict(document)
    if "workflow" in content:
        content["workflow"] = _without(content["workflow"], WORKFLOW_FIELDS)
    if isinstance(content.get("tasks"), list):
        content["tasks"] = [_without(task, TASK_FIELDS) for task in content["tasks"]]
    return content


def _without(entry: Any, fields: frozenset[str]) -> Any:
    if not isinstance(entry, dict):
        return entry
    return {key: value for key, value in entry.items() if key not in fields}
