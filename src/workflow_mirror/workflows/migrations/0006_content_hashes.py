"""Content hashes leave run state out.

Otherwise the next sync would make a new version of every workflow. Stored exports that differ in
run state alone become one version and its repeats; a repeat keeps its hash of the whole document.
Works in slices, each in a transaction of its own, and can be run again after it was interrupted.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import connection, migrations, transaction

from workflow_mirror.exact_json import loads
from workflow_mirror.workflows.documents import canonical_json
from workflow_mirror.workflows.exports import hash_of_content

WORKFLOWS_AT_ONCE = 100
DOCUMENTS_AT_ONCE = 50

type Key = tuple[int, str]

NEXT_KEYS = """
SELECT DISTINCT customer_id, workflow_zuora_id FROM workflow_exports
WHERE (customer_id, workflow_zuora_id) > (%s, %s) ORDER BY 1, 2 LIMIT %s
"""
EXPORTS = """
SELECT id, customer_id, workflow_zuora_id, content_hash, first_seen_at, repeat_of_id
FROM workflow_exports JOIN unnest(%s::bigint[], %s::text[]) AS wanted(customer_id, workflow_zuora_id)
USING (customer_id, workflow_zuora_id) ORDER BY first_seen_at, id
"""
SET_EXPORTS = """
UPDATE workflow_exports SET content_hash = new.content_hash, repeat_of_id = new.repeat_of_id
FROM unnest(%s::bigint[], %s::text[], %s::bigint[]) AS new(id, content_hash, repeat_of_id)
WHERE workflow_exports.id = new.id
"""
SET_WORKFLOWS = """
UPDATE workflows SET export_hash = new.export_hash
FROM unnest(%s::bigint[], %s::text[]) AS new(id, export_hash)
WHERE workflows.id = new.id AND workflows.export_hash <> new.export_hash
"""
EXPORTED = (
    "SELECT id FROM workflows WHERE export_hash <> '' AND json_export IS NOT NULL ORDER BY id"
)


@dataclass(frozen=True)
class Stored:
    pk: int
    customer: int
    zuora_id: str
    content_hash: str
    first_seen_at: datetime
    repeat_of: int | None


def leave_run_state_out(_apps: Any, _schema_editor: Any) -> None:
    for exports in by_workflows():
        with transaction.atomic():
            hashes = dict(
                hashes_of("workflow_exports", "document", [e.pk for e in exports], of_content)
            )
            versions = defaultdict[tuple[Key, str], list[Stored]](list)
            for export in exports:
                versions[(export.customer, export.zuora_id), hashes[export.pk]].append(export)
            rows = list[tuple[int, str, int | None]]()
            for (_, content_hash), same in versions.items():
                # One that has the hash already: the other could not get it beside that one.
                version = next((e for e in same if e.content_hash == content_hash), same[0])
                rows.append((version.pk, content_hash, None))
                rows += [(e.pk, e.content_hash, version.pk) for e in same if e is not version]
            execute(SET_EXPORTS, rows)
    set_workflows(of_content)


def take_run_state_in(_apps: Any, _schema_editor: Any) -> None:
    for exports in by_workflows():
        versions = [export for export in exports if export.repeat_of is None]
        taken = {(export.customer, export.zuora_id, export.content_hash) for export in exports}
        with transaction.atomic():
            hashes = dict(
                hashes_of("workflow_exports", "document", [e.pk for e in versions], of_document)
            )
            rows = list[tuple[int, str, int | None]]()
            for export in versions:
                new = (export.customer, export.zuora_id, hashes[export.pk])
                # Two documents that differ in long decimals alone were one for the code before.
                if new not in taken:
                    taken.add(new)
                    rows.append((export.pk, hashes[export.pk], None))
            execute(SET_EXPORTS, rows)
    set_workflows(of_document)


def by_workflows() -> Iterator[list[Stored]]:
    """All exports, those of some workflows at once, without their documents."""
    key: Key = (0, "")
    with connection.cursor() as cursor:
        while True:
            cursor.execute(NEXT_KEYS, [*key, WORKFLOWS_AT_ONCE])
            keys = cursor.fetchall()
            if not keys:
                return
            cursor.execute(EXPORTS, list(map(list, zip(*keys, strict=True))))
            yield [Stored(*row) for row in cursor.fetchall()]
            key = keys[-1]


def hashes_of(
    table: str, column: str, pks: Iterable[int], hash_of: Callable[[str], str]
) -> Iterator[tuple[int, str]]:
    with connection.cursor() as cursor:
        for some in batched(pks, DOCUMENTS_AT_ONCE):
            statement = f"SELECT id, {column}::text FROM {table} WHERE id = ANY(%s)"  # noqa: S608 - our own names
            cursor.execute(statement, [list(some)])
            yield from ((pk, hash_of(text)) for pk, text in cursor.fetchall())


def set_workflows(hash_of: Callable[[str], str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(EXPORTED)
        pks = [pk for (pk,) in cursor.fetchall()]
    for some in batched(pks, WORKFLOWS_AT_ONCE):
        execute(SET_WORKFLOWS, list(hashes_of("workflows", "json_export", some, hash_of)))


def execute(statement: str, rows: list[Any]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, list(map(list, zip(*rows, strict=True))))


def of_content(text: str) -> str:
    return hash_of_content(loads(text))


def of_document(text: str) -> str:
    """As before this migration: the whole document, its decimals read as floats."""
    try:
        document = json.loads(text)
    except ValueError:  # digits that only the code of after could store
        document = loads(text)
    return hashlib.sha256(canonical_json(document)).hexdigest()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("workflows", "0005_exact_exports")]

    operations = [migrations.RunPython(leave_run_state_out, take_run_state_in)]
