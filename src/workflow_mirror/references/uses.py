"""What a workflow or a task uses: the names that the index has of it, with their places."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.db import connection

from workflow_mirror.access.scope import Scope
from workflow_mirror.references.extract import EXTRACTOR_VERSION, Kind
from workflow_mirror.references.models import lowered
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import tasks_in, workflows_in

# A secret has no name: its path stands in for it. Compared in byte order, which is quicker.
_USES = """
WITH found AS (
    SELECT kind, name, task_id, path, confidence,
        (CASE kind WHEN 'secret' THEN path ELSE name_lower END) COLLATE "C" AS key
    FROM workflow_references
    WHERE workflow_id = %(workflow)s AND kind <> 'workflow'
    AND (%(task)s::bigint IS NULL OR task_id = %(task)s)
    AND (%(kind)s::text IS NULL OR kind = %(kind)s)
), placed AS (
    SELECT found.*, row_number() OVER (
        PARTITION BY kind, key ORDER BY task_id NULLS FIRST, path COLLATE "C") AS place
    FROM found WHERE %(key)s::text IS NULL OR key = %(key)s
), named AS (
    SELECT kind, key, min(name COLLATE "C") AS name, count(*) AS places,
        bool_and(confidence = 'text') AS is_uncertain,
        array_agg(task_id ORDER BY place) FILTER (WHERE place <= %(places)s) AS tasks,
        array_agg(path ORDER BY place) FILTER (WHERE place <= %(places)s) AS paths
    FROM placed GROUP BY kind, key
), ranked AS (
    SELECT named.*, count(*) OVER (PARTITION BY kind) AS names,
        row_number() OVER (PARTITION BY kind ORDER BY places DESC, key) AS rank
    FROM named
)
SELECT kind, names, coalesce(nullif(name, ''), key), places, is_uncertain, tasks, paths
FROM ranked WHERE rank > %(skipped)s AND rank <= %(skipped)s + %(names)s ORDER BY kind, rank
"""


class Wanted(NamedTuple):
    """All uses of a workflow and its tasks, or those of one task, by key, of a kind, of a name.

    Of each kind at most `names` after the first `skipped`, each with at most `places`.
    """

    task: int | None = None
    kind: str | None = None
    name: str | None = None
    names: int = 20
    skipped: int = 0
    places: int = 3


@dataclass(frozen=True)
class Spot:
    """`path` leads to it within the task, or within the export where `task_id` is None."""

    task_id: int | None
    task: str
    path: str


@dataclass(frozen=True)
class Use:
    """`places` counts all places, `first` has some of them. The name of a secret is its path.

    `is_uncertain`: in each place it may be an ordinary word.
    """

    kind: str
    name: str
    places: int
    is_uncertain: bool
    first: list[Spot]


@dataclass(frozen=True)
class UsesOfKind:
    """`names` counts all names, `uses` has some of them, those with the most places first."""

    kind: str
    names: int
    uses: list[Use]


@dataclass(frozen=True)
class Searched:
    """How far the index of a workflow can be relied on.

    `is_stale_export`: the last export failed, and an older one is indexed. `is_current`: the index
    has the last good export, read by this version's extractor. `unparsed` counts texts that were
    read by patterns only.
    """

    has_export: bool
    is_stale_export: bool
    is_indexed: bool
    is_current: bool
    unparsed: int


class _Row(NamedTuple):
    kind: str
    names: int
    name: str
    places: int
    is_uncertain: bool
    tasks: list[int | None]
    paths: list[str]


def uses_of(scope: Scope, workflow: Workflow, wanted: Wanted) -> list[UsesOfKind]:
    """By kind, without sub-workflows (see calls.py); nothing outside of the scope."""
    if not scope.covers(workflow.customer_id):
        return []
    name, kind = wanted.name, wanted.kind
    key = name if name is None or kind == Kind.SECRET else lowered(name)
    values = wanted._asdict() | {"workflow": workflow.pk, "key": key}
    with connection.cursor() as cursor:
        cursor.execute(_USES, values)
        rows = [_Row(*row) for row in cursor.fetchall()]
    titles = _titles(scope, rows)
    return [
        UsesOfKind(found, count, [_use(row, titles) for row in of_kind])
        for (found, count), of_kind in groupby(rows, key=lambda row: (row.kind, row.names))
    ]


def searched_of(scope: Scope, workflow: Workflow) -> Searched:
    """Nothing was searched of a workflow outside of the scope."""
    row = (
        workflows_in(scope)
        .filter(pk=workflow.pk)
        .values_list(
            "export_hash", "export_error", *(f"reference_state__{name}" for name in _STATE)
        )
        .first()
    )
    export, error, indexed, version, unparsed = row or ("", "", None, None, None)
    return Searched(
        has_export=bool(export),
        is_stale_export=bool(export and error),
        is_indexed=indexed is not None,
        is_current=indexed == export and (version or 0) >= EXTRACTOR_VERSION,
        unparsed=unparsed or 0,
    )


_STATE = ("export_hash", "extractor_version", "unparsed")


def _titles(scope: Scope, rows: Iterable[_Row]) -> dict[int | None, str]:
    """The names of the tasks, or their Zuora IDs."""
    keys = {task for row in rows for task in row.tasks if task is not None}
    tasks = tasks_in(scope).filter(pk__in=keys).only("name", "zuora_id") if keys else ()
    return {task.pk: str(task) for task in tasks}


def _use(row: _Row, titles: dict[int | None, str]) -> Use:
    spots = [
        Spot(task, titles.get(task, ""), path)
        for task, path in zip(row.tasks, row.paths, strict=True)
    ]
    return Use(row.kind, row.name, row.places, row.is_uncertain, spots)
