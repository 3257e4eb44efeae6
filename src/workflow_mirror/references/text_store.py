"""Writes the texts that are searched; part of the index, see store.py."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import F, Func, TextField

from workflow_mirror.references.copying import copy_rows
from workflow_mirror.references.models import WorkflowText

_COPY = (
    "COPY workflow_texts (customer_id, workflow_id, task_id, name, text, name_hashes) FROM STDIN"
)

type Place = tuple[int, int | None]
"""The keys of a workflow and of its task; None for the workflow itself."""


class TextRow(NamedTuple):
    customer_id: int
    workflow_id: int
    task_id: int | None
    name: str
    text: str
    name_hashes: list[int]


def store_texts(rows: Iterable[TextRow], workflows: Iterable[int]) -> None:
    """Bring the texts of these workflows in line with the rows; the same ones are not written.

    Texts stay in the database: they are compared by their hashes.
    """
    wanted: dict[Place, TextRow] = {(row.workflow_id, row.task_id): row for row in rows}
    same, old = set[Place](), list[int]()
    for pk, place, known in _known(workflows):
        row = wanted.get(place)
        if row and known == (row.name, _md5(row.text), row.name_hashes):
            same.add(place)
        else:
            old.append(pk)
    if old:
        WorkflowText.objects.filter(pk__in=old).delete()
    if new := [row for place, row in wanted.items() if place not in same]:
        copy_rows(_COPY, new)


def _known(workflows: Iterable[int]) -> Iterable[tuple[int, Place, tuple[str, str, list[int]]]]:
    digest = Func(F("text"), function="md5", output_field=TextField())
    found = WorkflowText.objects.filter(workflow__in=list(workflows)).annotate(digest=digest)
    rows = found.values_list("pk", "workflow_id", "task_id", "name", "digest", "name_hashes")
    return (
        (pk, (workflow, task), (name, md5, hashes))
        for pk, workflow, task, name, md5, hashes in rows
    )


def _md5(text: str) -> str:
    """As PostgreSQL's: whether a text has changed, nothing more."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
