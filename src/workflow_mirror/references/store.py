"""The one way to write the index: references and texts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection, transaction

from workflow_mirror.references.copying import copy_rows
from workflow_mirror.references.extract import EXTRACTOR_VERSION, Extracted, Kind
from workflow_mirror.references.models import WorkflowReference, lowered
from workflow_mirror.references.name_hashes import hashes_of_place
from workflow_mirror.references.text_store import TextRow, store_texts
from workflow_mirror.workflows.models import Workflow

_COPY = """
COPY workflow_references (customer_id, workflow_id, task_id, kind, name, path, confidence,
    name_lower, field_lower) FROM STDIN
"""
_NOTE = """
INSERT INTO workflow_reference_state (
    workflow_id, extractor_version, export_hash, unparsed, indexed_at)
SELECT workflow_id, %s, export_hash, unparsed, now()
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS indexed(workflow_id, export_hash, unparsed)
ON CONFLICT (workflow_id) DO UPDATE
SET extractor_version = EXCLUDED.extractor_version, export_hash = EXCLUDED.export_hash,
    unparsed = EXCLUDED.unparsed, indexed_at = EXCLUDED.indexed_at
"""


class Indexed(NamedTuple):
    """What was extracted from the export with this content hash."""

    extracted: Extracted
    export_hash: str


class _Row(NamedTuple):
    customer_id: int
    workflow_id: int
    task_id: int | None
    kind: str
    name: str
    path: str
    confidence: str


class _Owner(NamedTuple):
    """`tasks` are the workflow's tasks by their Zuora IDs."""

    customer_id: int
    tasks: dict[str, "_TaskRow"]


class _TaskRow(NamedTuple):
    pk: int
    action_type: str


def store_references(indexed: Mapping[int, Indexed]) -> int:
    """Bring the references of workflows, by key, in line with their exports; how many there are.

    In the transaction that stores the exports, after their tasks. What is unchanged is not written.
    The number of statements does not depend on that of the workflows. The caller has locked the
    rows of the workflows, or has just inserted them.
    """
    if not indexed:
        return 0
    owners = _owners(indexed)
    # In order: the references of a place are read together, and should lie together.
    wanted = dict.fromkeys(
        row for key, one in indexed.items() if key in owners for row in _rows(key, one, owners)
    )
    with transaction.atomic(savepoint=False):
        known = _known(owners)
        WorkflowReference.objects.filter(
            pk__in=[pk for row, pk in known.items() if row not in wanted]
        ).delete()
        copy_rows(_COPY, (_with_keys(row) for row in wanted if row not in known))
        store_texts(
            (row for key in owners for row in _texts(key, indexed[key], owners[key])), owners
        )
        _note({key: indexed[key] for key in owners})
    return len(wanted)


def _owners(keys: Iterable[int]) -> dict[int, _Owner]:
    owners: dict[int, _Owner] = {}
    rows = Workflow.objects.filter(pk__in=list(keys))
    for key, customer_id, zuora_id, task_id, action_type in rows.values_list(
        "pk", "customer_id", "tasks__zuora_id", "tasks__pk", "tasks__action_type"
    ):
        owner = owners.setdefault(key, _Owner(customer_id, {}))
        if task_id is not None:
            owner.tasks[zuora_id] = _TaskRow(task_id, action_type)
    return owners


def _rows(key: int, indexed: Indexed, owners: Mapping[int, _Owner]) -> Iterable[_Row]:
    """A reference of a task that has no row is left out: it has no place to lead to."""
    owner = owners[key]
    for kind, name, path, confidence, zuora_id in indexed.extracted.references:
        task = None if zuora_id is None else owner.tasks.get(zuora_id)
        if zuora_id is None or task:
            pk = task.pk if task else None
            yield _Row(owner.customer_id, key, pk, kind.value, name, path, confidence.value)


def _texts(key: int, indexed: Indexed, owner: _Owner) -> Iterable[TextRow]:
    """As `_rows` does, without tasks that have no row."""
    names = defaultdict[str | None, set[tuple[str, str]]](set)
    for one in indexed.extracted.references:
        names[one.task_zuora_id].add((one.kind.value, lowered(one.name)))
    for zuora_id, text in indexed.extracted.texts:
        found = names[zuora_id]
        if zuora_id is None:
            name, hashes = indexed.extracted.name, hashes_of_place(found, "")
            yield TextRow(owner.customer_id, key, None, name, text, hashes)
        elif task := owner.tasks.get(zuora_id):
            hashes = hashes_of_place(found, task.action_type)
            yield TextRow(owner.customer_id, key, task.pk, "", text, hashes)


def _known(keys: Iterable[int]) -> dict[_Row, int]:
    found = WorkflowReference.objects.filter(workflow__in=list(keys))
    return {_Row(*row): pk for pk, *row in found.values_list("pk", *_Row._fields)}


def _with_keys(row: _Row) -> tuple[Any, ...]:
    """With what the indexes find it by."""
    lower = lowered(row.name)
    return (*row, lower, lower.rpartition(".")[2] if row.kind == Kind.FIELD else "")


def _note(indexed: Mapping[int, Indexed]) -> None:
    hashes = [one.export_hash for one in indexed.values()]
    unparsed = [one.extracted.unparsed for one in indexed.values()]
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [EXTRACTOR_VERSION, list(indexed), hashes, unparsed])
