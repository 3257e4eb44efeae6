"""One linkage of an export. Source: API.md section 4. Pure, so that no Django is needed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from workflow_mirror.exact_json import id_text, text_of


class Linkage(NamedTuple):
    """Task ids as text; `source` is None where the linkage leaves the workflow itself."""

    source: str | None
    target: str
    type: str


def read_linkage(entry: Mapping[str, Any]) -> Linkage:
    """Where a linkage names both a task and the workflow as its source, the task counts."""
    from_task = id_text(entry.get("source_task_id"))
    from_workflow = not from_task and bool(id_text(entry.get("source_workflow_id")))
    return Linkage(
        None if from_workflow else from_task,
        id_text(entry.get("target_task_id")),
        text_of(entry.get("linkage_type")),
    )
