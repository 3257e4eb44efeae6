"""Tasks extracted again from the stored exports, without Zuora."""

from collections.abc import Iterable
from itertools import batched

from django.db import transaction

from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.row_locks import locked_in_order
from workflow_mirror.workflows.task_store import TaskChanges, sync_tasks

EXTRACTED_AT_ONCE = 25


def extract_again(pks: Iterable[int]) -> TaskChanges:
    """Bring the tasks of these workflows in line with their stored exports, a batch at a time.

    The rows are locked while their tasks are written, so that a sync which stores a newer export
    at the same moment comes wholly before or wholly after.
    """
    changes = TaskChanges()
    for batch in batched(pks, EXTRACTED_AT_ONCE):
        with transaction.atomic():
            rows = locked_in_order(batch).filter(json_export__isnull=False)
            exports = rows.values_list("pk", "json_export")
            changes += sync_tasks({pk: extract_tasks(export) for pk, export in exports})
    return changes
