"""Reading the documents that are compared."""

from typing import Any, NamedTuple

from django.db import connection

from workflow_mirror.access.scope import Scope
from workflow_mirror.workflows.queries import workflows_in


class Export(NamedTuple):
    """`document` is None where it is larger than asked for."""

    hash: str
    document: Any


_SIZES = "SELECT id FROM workflows WHERE id = ANY(%s) AND pg_column_size(json_export) <= %s"


def exports_of_pair(scope: Scope, pks: tuple[int, int], largest: int) -> dict[int, Export]:
    """The last good exports with their hashes, by the key of the workflow."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [list(pks), largest])
        small = {pk for (pk,) in cursor.fetchall()}
    if len(small) < len(pks):
        hashes = workflows_in(scope).filter(pk__in=pks).values_list("pk", "export_hash")
        return {pk: Export(hash_, None) for pk, hash_ in hashes}
    rows = workflows_in(scope).filter(pk__in=pks).values_list("pk", "export_hash", "json_export")
    return {pk: Export(hash_, document) for pk, hash_, document in rows}
