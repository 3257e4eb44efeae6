"""Writing the mirror: a batch of workflows in one transaction, all of each or nothing of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.exact_json import dump
from workflow_mirror.history.changes import Change, Kind
from workflow_mirror.history.log import write_changes
from workflow_mirror.references.store import Indexed, store_references
from workflow_mirror.sync.fetched import Fetched, changes_of
from workflow_mirror.sync.plan import Listed, Mirrored
from workflow_mirror.sync.stats import Outcome
from workflow_mirror.workflows.columns import WORKFLOWS, from_zuora, listed_value
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.kept_exports import Kept, keep_exports
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.row_locks import locked_in_order
from workflow_mirror.workflows.task_store import sync_tasks
from workflow_mirror.workflows.upsert import Upsert

_LISTED = from_zuora(WORKFLOWS)
_KEY = ("customer_id", "zuora_id")
_LIST_FIELDS = (
    *(column.name for column in _LISTED if column.name not in _KEY),
    "list_row",
    "last_synced_at",
    "deleted_at",
    "export_error",
    "export_error_details",
    "updated_at",
)
_EXPORTED_FIELDS = ("export_fingerprint", "exported_at", "draft_hash")
_CONTENT_FIELDS = ("json_export", "export_hash", "oddities")
_WITHOUT_EXPORT = Upsert("workflows", _KEY, _LIST_FIELDS)
_SAME_CONTENT = Upsert("workflows", _KEY, (*_LIST_FIELDS, *_EXPORTED_FIELDS))
_NEW_CONTENT = Upsert("workflows", _KEY, (*_LIST_FIELDS, *_EXPORTED_FIELDS, *_CONTENT_FIELDS))

# Copied inside of the database, where the document lies compressed already.
_REMEMBER_EXPORTS = """
INSERT INTO workflow_exports (customer_id, workflow_id, workflow_zuora_id, content_hash,
    zuora_version, zuora_version_id, listed_updated_on, document, first_seen_at, last_seen_at)
SELECT customer_id, id, zuora_id, export_hash,
    coalesce(json_export #>> '{workflow,version}', ''),
    coalesce(json_export #>> '{workflow,id}', ''),
    updated_on, json_export, exported_at, exported_at
FROM workflows WHERE id = ANY(%s)
ON CONFLICT (customer_id, workflow_zuora_id, content_hash) DO UPDATE
SET workflow_id = EXCLUDED.workflow_id, last_seen_at = EXCLUDED.last_seen_at
"""


@transaction.atomic
def store(
    customer: Customer, batch: list[Fetched], now: datetime, job_run: int | None = None
) -> list[Outcome]:
    """Write a batch and what it changes; the outcome of each workflow.

    A failed export changes nothing of the last good one: its document, hash, fingerprint and
    tasks stay. The number of statements does not depend on the size of the batch. `job_run` is
    the job that the change log names.
    """
    new = {f.zuora_id: f.export.tasks for f in batch if f.export and f.has_new_content}
    known = [fetched.listed.mirrored.pk for fetched in batch if fetched.listed.mirrored]
    if len(known) > 1:
        list(locked_in_order(known).values_list("pk"))
    pks = dict[str, int]()
    for upsert, part in (
        (_NEW_CONTENT, [f for f in batch if f.zuora_id in new]),
        (_SAME_CONTENT, [f for f in batch if f.export and f.zuora_id not in new]),
        (_WITHOUT_EXPORT, [f for f in batch if not f.export]),
    ):
        rows = [_row(customer, fetched, now) for fetched in part]
        pks |= dict(upsert.write(rows, returning="zuora_id, id"))
    _remember_exports([pks[fetched.zuora_id] for fetched in batch if fetched.export])
    drafts = (Kept(f.zuora_id, f.draft, f.listed.definition.updated_on) for f in batch if f.draft)
    keep_exports(customer.pk, drafts, now)
    sync_tasks({pks[zuora_id]: tasks for zuora_id, tasks in new.items()})
    store_references(
        {
            pks[f.zuora_id]: Indexed(f.references, f.export.content_hash)
            for f in batch
            if f.export and f.references
        }
    )
    changes = {fetched.zuora_id: changes_of(fetched) for fetched in batch}
    write_changes(customer, changes, now, job_run)
    return [fetched.outcome for fetched in batch]


@transaction.atomic
def touch(pks: Iterable[int], now: datetime) -> None:
    """Note that these workflows were seen in Zuora's list, as they were: one statement."""
    Workflow.objects.filter(pk__in=locked_in_order(pks).values("pk")).update(last_synced_at=now)


@transaction.atomic
def mark_deleted(
    customer: Customer, gone: list[Mirrored], now: datetime, job_run: int | None = None
) -> None:
    """Mark these workflows as deleted; all their data is kept."""
    pks = [mirrored.pk for mirrored in gone]
    rows = Workflow.objects.filter(pk__in=locked_in_order(pks).values("pk"))
    rows.update(deleted_at=now, last_synced_at=now)
    changes = {mirrored.zuora_id: [Change(Kind.DELETED)] for mirrored in gone}
    write_changes(customer, changes, now, job_run)


def _row(customer: Customer, fetched: Fetched, now: datetime) -> dict[str, Any]:
    return {
        "customer_id": customer.pk,
        **_list_columns(fetched.listed),
        **_export_columns(fetched, now),
        "last_synced_at": now,
        "deleted_at": None,
        "created_at": now,
        "updated_at": now,
    }


def _list_columns(listed: Listed) -> dict[str, Any]:
    columns = {
        column.name: storable(listed_value(column, listed.definition))[0] for column in _LISTED
    }
    return {
        **columns,
        # JSON already: an integer beyond 64 bits in one row must not make all of them go the slow
        # way, which knows no fragments.
        "list_row": orjson.Fragment(dump(listed.row)),
    }


def _export_columns(fetched: Fetched, now: datetime) -> dict[str, Any]:
    """All of them, whatever is known: the upsert chooses which a known workflow takes over."""
    export = fetched.export
    return {
        "json_export": orjson.Fragment(export.json) if export else None,
        "export_hash": export.content_hash if export else "",
        # Without a fingerprint the next sync requests the export again.
        "export_fingerprint": fetched.listed.fingerprint
        if export and not fetched.draft_failed
        else "",
        "draft_hash": fetched.draft_hash,
        "exported_at": now if export else None,
        "oddities": export.warnings if export else [],
        "export_error": error_text(fetched.error) if fetched.error else "",
        "export_error_details": error_details(fetched.error) if fetched.error else None,
    }


def _remember_exports(pks: list[int]) -> None:
    """Keep each distinct document; one that was seen before only moves its `last_seen_at`."""
    if pks:
        with connection.cursor() as cursor:
            cursor.execute(_REMEMBER_EXPORTS, [pks])
