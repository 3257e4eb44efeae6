"""The one way in which tasks get into the database."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import batched
from typing import Any

from django.db import connection, transaction

from workflow_mirror.workflows.extraction import ExtractedTask, extract_tasks
from workflow_mirror.workflows.models import Workflow

EXTRACTED_AT_ONCE = 25

TEXT_COLUMNS = (
    "zuora_id",
    "name",
    "task_type",
    "action_type",
    "object",
    "object_id",
    "call_type",
    "priority",
)
COLUMNS = (*TEXT_COLUMNS, "data", "workflow_task_json")

# The parameters are part of the task as exported: taken out there, they travel once.
_INCOMING = f"""
SELECT workflow_id, {", ".join(TEXT_COLUMNS)}, NULLIF(entry -> 'parameters', 'null'), entry,
       now(), now()
FROM jsonb_to_recordset(%s::jsonb) AS incoming(
    workflow_id bigint, {", ".join(f"{column} text" for column in TEXT_COLUMNS)}, entry jsonb
)
"""  # noqa: S608 - built from the constants above alone
# A task that is as it was is not written again, so `updated_at` tells when it changed.
_UPSERT = f"""
INSERT INTO tasks (workflow_id, {", ".join(COLUMNS)}, created_at, updated_at) {_INCOMING}
ON CONFLICT (workflow_id, zuora_id) DO UPDATE
SET {", ".join(f"{column} = EXCLUDED.{column}" for column in COLUMNS)}, updated_at = now()
WHERE ({", ".join(f"tasks.{column}" for column in COLUMNS)})
IS DISTINCT FROM ({", ".join(f"EXCLUDED.{column}" for column in COLUMNS)})
"""
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
    with transaction.atomic(), connection.cursor() as cursor:
        written = 0
        if pairs:
            cursor.execute(_UPSERT, [json.dumps([_record(key, task) for key, task in pairs])])
            written = cursor.rowcount
        keys = [key for key, _ in pairs]
        ids = [task.zuora_id for _, task in pairs]
        cursor.execute(_DELETE, [list(known), keys, ids])
        return TaskChanges(written, cursor.rowcount, len(pairs))


def _record(workflow_key: int, task: ExtractedTask) -> dict[str, Any]:
    return {"workflow_id": workflow_key, **asdict(task)}


def extract_again(pks: Iterable[int]) -> TaskChanges:
    """Bring the tasks of these workflows in line with their stored exports, a batch at a time.

    The rows are locked while their tasks are written, so that a sync which stores a newer export
    at the same moment comes wholly before or wholly after.
    """
    totals = TaskChanges()
    for batch in batched(pks, EXTRACTED_AT_ONCE):
        with transaction.atomic():
            rows = Workflow.objects.select_for_update().filter(
                pk__in=batch, json_export__isnull=False
            )
            changes = sync_tasks(dict(rows.values_list("pk", "json_export")))
        totals = TaskChanges(
            totals.written + changes.written,
            totals.deleted + changes.deleted,
            totals.total + changes.total,
        )
    return totals
