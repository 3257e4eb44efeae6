"""Keeping exports that are not a workflow's last one: drafts and earlier versions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import connection

from workflow_mirror.exact_json import dump
from workflow_mirror.workflows.exports import ReadyExport

# A workflow that is gone has no row to refer to; its exports are left out.
_KEEP = """
INSERT INTO workflow_exports (customer_id, workflow_id, workflow_zuora_id, content_hash,
    zuora_version, zuora_version_id, listed_updated_on, document, first_seen_at, last_seen_at)
SELECT workflows.customer_id, workflows.id, workflows.zuora_id, kept.content_hash,
    coalesce(kept.document #>> '{workflow,version}', kept.version),
    coalesce(kept.document #>> '{workflow,id}', kept.version_id),
    kept.updated_on, kept.document, %(now)s, %(now)s
FROM jsonb_to_recordset(%(kept)s::jsonb) AS kept(zuora_id text, version text, version_id text,
    updated_on timestamptz, content_hash text, document jsonb)
JOIN workflows ON workflows.customer_id = %(customer)s AND workflows.zuora_id = kept.zuora_id
ORDER BY workflows.id, kept.content_hash
ON CONFLICT (customer_id, workflow_zuora_id, content_hash) DO UPDATE
SET workflow_id = EXCLUDED.workflow_id, last_seen_at = EXCLUDED.last_seen_at
RETURNING workflow_zuora_id, content_hash, id
"""

type Content = tuple[str, str]
"""Zuora ID and content hash: the key of an export's row within a customer."""


class Kept(NamedTuple):
    """An export and its entry in the list; an older document may lack its version."""

    zuora_id: str
    export: ReadyExport
    updated_on: datetime | None
    version: str = ""
    version_id: str = ""


def keep_exports(customer_id: int, exports: Iterable[Kept], now: datetime) -> dict[Content, int]:
    """The keys of the rows: one statement, none for no exports. Equal contents share a row."""
    rows = {
        (kept.zuora_id, kept.export.content_hash): {
            "zuora_id": kept.zuora_id,
            "version": kept.version,
            "version_id": kept.version_id,
            "updated_on": kept.updated_on,
            "content_hash": kept.export.content_hash,
            "document": orjson.Fragment(kept.export.json),
        }
        for kept in exports
    }
    if not rows:
        return {}
    values: dict[str, Any] = {
        "customer": customer_id,
        "now": now,
        "kept": dump(list(rows.values())).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, values)
        return {(zuora_id, content): pk for zuora_id, content, pk in cursor.fetchall()}
