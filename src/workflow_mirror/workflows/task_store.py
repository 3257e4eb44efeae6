"""The one way in which tasks get into the database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import batched
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from workflow_mirror.workflows.extraction import ExtractedTask, extract_tasks
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.upsert import Upsert

EXTRACTED_AT_ONCE = 25

_COLUMNS = (
    "name",
    "task_type",
    "action_type",
    "object",
    "object_id",
    "call_type",
    "priority",
    "workflow_task_json",
)
# A task that is as it was is not written again, so `updated_at` tells when it changed.
_TASKS = Upsert(
    "tasks",
    key=("workflow_id", "zuora_id"),
    update=(*_COLUMNS, "updated_at"),
    only_if_changed=_COLUMNS,
)
_DELETE = """
DELETE FROM tasks WHERE workflow_id = ANY(%s)
AND (workflow_id, zuora_id) NOT IN (SELECT * FROM unnest(%s::bigint[], %s::text[]))
"""


@dataclass(frozen=True)
class TaskChanges:
    """How many tasks were written (new or changed), deleted, and are there now."""

    written: int = 0
    deleted: int = 0
    total: int = 0

    def __add__(self, other: "TaskChanges") -> "TaskChanges":
        return TaskChanges(
            self.written + other.written, self.deleted + other.deleted, self.total + other.total
        )


def sync_tasks(documents: Mapping[int, Any]) -> TaskChanges:
    """Bring the tasks of workflows in line with their exports (workflow's key -> document).

    Two statements, however many workflows and tasks. An export without a list of tasks leaves
    its workflow's tasks as they are. The documents must be storable.
    """
    extracted = {key: extract_tasks(document) for key, document in documents.items()}
    known = {key: tasks for key, tasks in extracted.items() if tasks is not None}
    if not known:
        return TaskChanges()
    pairs = [(key, task) for key, tasks in known.items() for task in tasks]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        written = _TASKS.write([_row(key, task) for key, task in pairs], returning="id")
        keys, ids = [key for key, _ in pairs], [task.zuora_id for _, task in pairs]
        cursor.execute(_DELETE, [list(known), keys, ids])
        return TaskChanges(len(written), cursor.rowcount, len(pairs))


def extract_again(pks: Iterable[int]) -> TaskChanges:
    """Bring the tasks of these workflows in line with their stored exports, a batch at a time.

    The rows are locked while their tasks are written, so that a sync which stores a newer export
    at the same moment comes wholly before or wholly after.
    """
    changes = TaskChanges()
    for batch in batched(pks, EXTRACTED_AT_ONCE):
        with transaction.atomic():
            rows = Workflow.objects.select_for_update().filter(
                pk__in=batch, json_export__isnull=False
            )
            changes += sync_tasks(dict(rows.values_list("pk", "json_export")))
    return changes


def _row(workflow_key: int, task: ExtractedTask) -> dict[str, Any]:
    now = timezone.now()
    return {"workflow_id": workflow_key, **vars(task), "created_at": now, "updated_at": now}
