"""The diffs that the entries of the change log tell in a sentence, computed when first shown."""

from collections.abc import Iterable
from contextlib import suppress
from itertools import batched
from typing import Any

from django.db import DatabaseError, connection, transaction

from workflow_mirror.history.diff import diff, pieces
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.workflows.models import WorkflowExport

MOST_AT_ONCE = 20
"""A diff takes some 10 ms, and its documents some megabytes."""
LARGEST_BYTES = 512 * 1024
"""Of an export as PostgreSQL stores it, compressed to about a fifth."""

_SIZE = """
SELECT id FROM workflow_exports WHERE id = ANY(%s) AND pg_column_size(document) <= %s
"""


def summarise(entries: Iterable[WorkflowChange], most: int = MOST_AT_ONCE) -> None:
    """Fill `summary` where two exports can be compared, for at most `most` entries.

    An entry with an export that is very large, or nested too deeply, stays without.
    """
    missing = [
        entry
        for entry in entries
        if entry.summary is None and entry.export_before_id and entry.export_after_id
    ]
    for portion in batched(missing[:most], MOST_AT_ONCE):
        _summarise(list(portion))


def _summarise(missing: list[WorkflowChange]) -> None:
    documents = _documents(missing)
    for entry in missing:
        before = documents.get(entry.export_before_id or 0)
        after = documents.get(entry.export_after_id or 0)
        if before is not None and after is not None:
            with suppress(RecursionError):
                entry.summary = [list(piece) for piece in pieces(diff(before, after))]
    # Without the right to write, as in a standby, the next request computes them again.
    with suppress(DatabaseError), transaction.atomic():
        WorkflowChange.objects.bulk_update(missing, ["summary"])


def _documents(entries: list[WorkflowChange]) -> dict[int, Any]:
    wanted = {entry.export_before_id for entry in entries}
    wanted |= {entry.export_after_id for entry in entries}
    with connection.cursor() as cursor:
        cursor.execute(_SIZE, [list(wanted), LARGEST_BYTES])
        small = [pk for (pk,) in cursor.fetchall()]
    return dict(WorkflowExport.objects.filter(pk__in=small).values_list("pk", "document"))
