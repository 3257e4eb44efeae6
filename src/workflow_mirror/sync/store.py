"""Writing the mirror: a batch of workflows in one transaction, all of each or nothing of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.plan import Listed
from workflow_mirror.sync.stats import Outcome
from workflow_mirror.workflows.documents import ExportDocument, storable
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.task_store import sync_tasks

_LIST_FIELDS = (
    "name",
    "description",
    "state",
    "created_on",
    "updated_on",
    "version",
    "version_id",
    "type",
    "priority",
    "callout_trigger",
    "ondemand_trigger",
    "scheduled_trigger",
    "interval",
    "timezone",
    "list_row",
    "last_synced_at",
    "deleted_at",
    "export_error",
    "updated_at",
)
_EXPORTED_FIELDS = ("export_fingerprint", "exported_at")
_CONTENT_FIELDS = ("json_export", "export_hash", "oddities")


@dataclass(frozen=True)
class Fetched:
    """A listed workflow after its export was asked for.

    Either `export` holds the document or `error` the reason why there is none; with neither, no
    export was needed.
    """

    listed: Listed
    export: ExportDocument | None = None
    error: str = ""

    @property
    def has_new_content(self) -> bool:
        known = self.listed.mirrored
        return self.export is not None and (
            known is None or known.export_hash != self.export.content_hash
        )

    @property
    def outcome(self) -> Outcome:
        if self.error:
            return Outcome.FAILED
        if self.listed.mirrored is None:
            return Outcome.CREATED
        if self.listed.mirrored.is_tombstone:
            return Outcome.RESTORED
        if self.has_new_content or self.listed.has_changed:
            return Outcome.UPDATED
        return Outcome.UNCHANGED


@transaction.atomic
def store(customer: Customer, batch: list[Fetched], now: datetime) -> list[Outcome]:
    """Write a batch and tell what became of each workflow in it.

    A failed export changes nothing of the last good one: its document, hash, fingerprint and
    tasks stay. The number of statements does not depend on the size of the batch.
    """
    with_content = [fetched for fetched in batch if fetched.has_new_content]
    same_content = [f for f in batch if f.export is not None and not f.has_new_content]
    without_export = [fetched for fetched in batch if fetched.export is None]
    saved = _upsert(
        customer, with_content, (*_LIST_FIELDS, *_EXPORTED_FIELDS, *_CONTENT_FIELDS), now
    )
    saved += _upsert(customer, same_content, (*_LIST_FIELDS, *_EXPORTED_FIELDS), now)
    _upsert(customer, without_export, _LIST_FIELDS, now)
    _remember_exports(customer, saved, with_content + same_content, now)
    sync_tasks({workflow.pk: workflow.json_export for workflow in saved[: len(with_content)]})
    return [fetched.outcome for fetched in batch]


def touch(pks: Iterable[int], now: datetime) -> None:
    """Note that these workflows were seen in Zuora's list, as they were: one statement."""
    Workflow.objects.filter(pk__in=list(pks)).update(last_synced_at=now)


def bury(pks: Iterable[int], now: datetime) -> None:
    """Make tombstones of these workflows; everything of them is kept."""
    Workflow.objects.filter(pk__in=list(pks)).update(deleted_at=now, last_synced_at=now)


def _upsert(
    customer: Customer, batch: list[Fetched], fields: tuple[str, ...], now: datetime
) -> list[Workflow]:
    if not batch:
        return []
    return Workflow.objects.bulk_create(
        [_workflow(customer, fetched, now) for fetched in batch],
        update_conflicts=True,
        unique_fields=["customer", "zuora_id"],
        update_fields=list(fields),
    )


def _workflow(customer: Customer, fetched: Fetched, now: datetime) -> Workflow:
    return Workflow(
        customer=customer,
        **_list_columns(fetched.listed),
        **_export_columns(fetched, now),
        last_synced_at=now,
        deleted_at=None,
        export_error=fetched.error,
    )


def _list_columns(listed: Listed) -> dict[str, Any]:
    definition = listed.definition
    texts = {
        "zuora_id": definition.zuora_id,
        "name": definition.name,
        "description": definition.description,
        "state": definition.state,
        "version": definition.version,
        "version_id": definition.version_id,
        "type": definition.type,
        "priority": definition.priority,
        "interval": definition.interval,
        "timezone": definition.timezone,
    }
    return {
        **{column: storable(text)[0] for column, text in texts.items()},
        "created_on": definition.created_on,
        "updated_on": definition.updated_on,
        "callout_trigger": definition.callout_trigger,
        "ondemand_trigger": definition.ondemand_trigger,
        "scheduled_trigger": definition.scheduled_trigger,
        "list_row": listed.row,
    }


def _export_columns(fetched: Fetched, now: datetime) -> dict[str, Any]:
    if fetched.export is None:
        return {}
    return {
        "json_export": fetched.export.content,
        "export_hash": fetched.export.content_hash,
        "export_fingerprint": fetched.listed.fingerprint,
        "exported_at": now,
        "oddities": fetched.export.oddities,
    }


def _remember_exports(
    customer: Customer, saved: list[Workflow], batch: list[Fetched], now: datetime
) -> None:
    """Keep each distinct document; one that was seen before only moves its `last_seen_at`."""
    exports = [
        WorkflowExport(
            customer=customer,
            workflow=workflow,
            workflow_zuora_id=workflow.zuora_id,
            content_hash=workflow.export_hash,
            zuora_version=fetched.export.version,
            zuora_version_id=fetched.export.version_id,
            listed_updated_on=workflow.updated_on,
            document=fetched.export.content,
            first_seen_at=now,
            last_seen_at=now,
        )
        for workflow, fetched in zip(saved, batch, strict=True)
        if fetched.export is not None
    ]
    WorkflowExport.objects.bulk_create(
        exports,
        update_conflicts=True,
        unique_fields=["customer", "workflow_zuora_id", "content_hash"],
        update_fields=["workflow", "last_seen_at"],
    )
