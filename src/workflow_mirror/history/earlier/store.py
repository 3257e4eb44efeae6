"""Writing what came of requests for earlier versions."""

from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import is_unstorable
from workflow_mirror.errors import SafeError
from workflow_mirror.exact_json import dump
from workflow_mirror.history.earlier.errors import UnstorableVersionError
from workflow_mirror.history.earlier.notes import ListedVersion, Note, write_notes
from workflow_mirror.workflows.exports import ReadyExport

# An older document may lack its version. A workflow that is gone has no row to refer to, and its
# versions are not asked for.
_STORE = """
INSERT INTO workflow_exports (customer_id, workflow_id, workflow_zuora_id, content_hash,
    zuora_version, zuora_version_id, listed_updated_on, document, first_seen_at, last_seen_at)
SELECT workflows.customer_id, workflows.id, workflows.zuora_id, found.content_hash,
    coalesce(found.document #>> '{workflow,version}', found.version),
    coalesce(found.document #>> '{workflow,id}', found.version_id),
    found.updated_on, found.document, %(now)s, %(now)s
FROM jsonb_to_recordset(%(found)s::jsonb) AS found(zuora_id text, version text, version_id text,
    updated_on timestamptz, content_hash text, document jsonb)
JOIN workflows ON workflows.customer_id = %(customer)s AND workflows.zuora_id = found.zuora_id
ORDER BY workflows.id, found.content_hash
ON CONFLICT (customer_id, workflow_zuora_id, content_hash) DO UPDATE
SET last_seen_at = EXCLUDED.last_seen_at
RETURNING workflow_zuora_id, content_hash, id
"""

type Content = tuple[str, str]


@dataclass(frozen=True)
class Answered:
    """A version that was requested: its export, or the error that Zuora cannot give it."""

    listed: ListedVersion
    export: ReadyExport | None = None
    error: SafeError | None = None

    @property
    def content(self) -> Content:
        """Zuora ID and content hash: the key of the export's row."""
        return self.listed.zuora_id, self.export.content_hash if self.export else ""


def store(customer: Customer, batch: list[Answered]) -> list[Answered]:
    """Write a batch, and return it: a version that the database cannot hold has an error instead.

    The number of statements does not depend on the size of the batch, unless there is such one.
    """
    try:
        _store(customer, batch)
    except DatabaseError as error:
        if not is_unstorable(error):
            raise
        if len(batch) > 1:
            return [one for answered in batch for one in store(customer, [answered])]
        if batch[0].error:
            raise
        why = UnstorableVersionError(reason=type(error.__cause__).__name__)
        return store(customer, [replace(batch[0], export=None, error=why)])
    return batch


@transaction.atomic
def _store(customer: Customer, batch: list[Answered]) -> None:
    exports = _store_exports(customer, batch)
    write_notes(customer, [Note(one.listed, exports.get(one.content), one.error) for one in batch])


def _store_exports(customer: Customer, batch: list[Answered]) -> dict[Content, int]:
    """The keys of the rows; two versions with the same content share one."""
    rows = {one.content: _row(one.listed, one.export) for one in batch if one.export}
    if not rows:
        return {}
    values: dict[str, Any] = {
        "customer": customer.pk,
        "now": timezone.now(),
        "found": dump(list(rows.values())).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, values)
        return {(zuora_id, content): pk for zuora_id, content, pk in cursor.fetchall()}


def _row(listed: ListedVersion, export: ReadyExport) -> dict[str, Any]:
    return {
        "zuora_id": listed.zuora_id,
        "version": listed.version,
        "version_id": listed.version_id,
        "updated_on": listed.updated_on,
        "content_hash": export.content_hash,
        "document": orjson.Fragment(export.json),
    }
