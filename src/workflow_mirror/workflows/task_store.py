"""The one way to store tasks in the database."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.columns import TASKS, from_zuora
from workflow_mirror.workflows.extraction import ExtractedTask

_TEXTS = tuple(column.name for column in from_zuora(TASKS))
_COMPARED = (*(name for name in _TEXTS if name != "zuora_id"), "workflow_task_json")
# The tasks as exported are taken from the stored export, inside of the database: large as they
# are, they need not travel and be parsed once more. A task that is as it was is not written
# again, so `updated_at` tells when it changed.
_UPSERT = f"""
WITH exported AS MATERIALIZED (  -- else each document is opened once a task
    SELECT workflows.id AS workflow_id, customer_id, place AS position, entry FROM workflows,
    jsonb_array_elements(json_export -> 'tasks') WITH ORDINALITY AS entries(entry, place)
    WHERE workflows.id = ANY(%s)
)
INSERT INTO tasks (workflow_id, customer_id, {", ".join(_TEXTS)}, workflow_task_json, created_at,
    updated_at)
SELECT workflow_id, customer_id, {", ".join(_TEXTS)}, entry, now(), now()
FROM jsonb_to_recordset(%s::jsonb) AS incoming(
    workflow_id bigint, position int, {", ".join(f"{column} text" for column in _TEXTS)})
JOIN exported USING (workflow_id, position)
ON CONFLICT (workflow_id, zuora_id) DO UPDATE
SET {", ".join(f"{column} = EXCLUDED.{column}" for column in _COMPARED)}, updated_at = now()
WHERE ({", ".join(f"tasks.{column}" for column in _COMPARED)})
IS DISTINCT FROM ({", ".join(f"EXCLUDED.{column}" for column in _COMPARED)})
"""  # noqa: S608 - built from the constants above alone
_DELETE = """
DELETE FROM tasks WHERE workflow_id = ANY(%s)
AND NOT EXISTS (
    SELECT FROM unnest(%s::bigint[], %s::text[]) AS kept(workflow_id, zuora_id)
    WHERE (kept.workflow_id, kept.zuora_id) = (tasks.workflow_id, tasks.zuora_id)
)
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


def sync_tasks(extracted: Mapping[int, list[ExtractedTask] | None]) -> TaskChanges:
    """Bring the tasks of workflows in line with their stored exports.

    `extracted` holds what `extract_tasks` makes of each workflow's `json_export`, by the
    workflow's key; None leaves its tasks as they are. Two statements, however many workflows and
    tasks there are.
    """
    known = {key: tasks for key, tasks in extracted.items() if tasks is not None}
    pairs = [(key, task) for key, tasks in known.items() for task in tasks]
    if not known:
        return TaskChanges()
    rows = dump(
        [{"workflow_id": key, "position": task.position, **task.columns} for key, task in pairs]
    ).decode()
    keys, ids = [key for key, _ in pairs], [task.zuora_id for _, task in pairs]
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(_UPSERT, [list(known), rows])
        written = cursor.rowcount
        cursor.execute(_DELETE, [list(known), keys, ids])
        return TaskChanges(written, cursor.rowcount, len(pairs))
