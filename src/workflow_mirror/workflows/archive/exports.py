"""The exports of many workflows, one after the other: only one document is in memory."""

import hashlib
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet, TextField, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Coalesce, NullIf

from workflow_mirror.access.scope import Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.file_names import archive_path
from workflow_mirror.workflows.masking import text_holds_secret
from workflow_mirror.workflows.models import Workflow, WorkflowExport
from workflow_mirror.workflows.queries import pretty, workflows_in
from workflow_mirror.workflows.secrets import masked

READ_AT_ONCE = 10_000
NEVER_EXPORTED = "Never exported"
HOLDS_SECRETS = "Holds secrets, and the user has no permission to reveal them"
_ENTRY = ("customer", "zuora_id", "name", "version", "kind", "state", "deleted_at")
_FACTS = (
    "pk",
    "customer_id",
    "customer__name",
    "zuora_id",
    "name",
    "state",
    "version",
    "deleted_at",
    "export_error",
    "draft_version",
    "draft_hash",
)

type Row = dict[str, Any]


@dataclass(frozen=True)
class ExportFile:
    """A file and its entry in the manifest. `data` is JSON in UTF-8."""

    path: str
    data: bytes
    exported_at: datetime | None
    entry: Row


@dataclass(frozen=True)
class MissingExport:
    """A workflow, or a draft, that was never exported. The entry has the reason."""

    entry: Row


type Found = ExportFile | MissingExport


def keys_of(workflows: QuerySet[Workflow]) -> "array[int]":
    """Their keys, in the same order, in 8 bytes each."""
    return array("q", workflows.values_list("pk", flat=True).iterator(READ_AT_ONCE))


def keys_of_customers(scope: Scope, customers: Iterable[Customer] | None = None) -> "array[int]":
    """The workflows of these customers, or of all, including those deleted in Zuora."""
    found = workflows_in(scope)
    if customers is not None:
        found = found.filter(customer__in=customers)
    return keys_of(found.order_by("customer__name", "name", "pk"))


def exports_of_all(scope: Scope, keys: Iterable[int]) -> Iterator[Found]:
    """The last good export of each workflow, and that of its draft.

    A workflow that is removed meanwhile is left out.
    """
    for pk in keys:
        stored = workflows_in(scope).filter(pk=pk)
        row = _read(stored, "json_export", "version", "exported_at", "export_hash", _FACTS)
        if row is not None:
            yield _found(row, row, row["version"], is_draft=False)
            if row["draft_version"]:
                draft = _read_draft(scope, row)
                yield _found(row, draft, row["draft_version"], is_draft=True)


def without_secrets(exports: Iterable[Found]) -> Iterator[Found]:
    """Exports that hold secrets are missing, with `HOLDS_SECRETS` as the reason."""
    for found in exports:
        if isinstance(found, ExportFile) and text_holds_secret(found.data):
            entry = {key: found.entry[key] for key in _ENTRY}
            yield MissingExport(entry | {"reason": HOLDS_SECRETS})
        else:
            yield found


def _read_draft(scope: Scope, row: Row) -> Row | None:
    stored = scope.limit(WorkflowExport.objects.all()).filter(
        customer=row["customer_id"],
        workflow_zuora_id=row["zuora_id"],
        content_hash=row["draft_hash"],
    )
    return _read(stored, "document", "zuora_version", "last_seen_at", "content_hash")


def _read(  # noqa: PLR0913, PLR0917 - the names of the columns, which differ
    rows: QuerySet[Any], document: str, version: str, time: str, content_hash: str,
    facts: tuple[str, ...] = (),
) -> Row | None:  # fmt: skip
    """A document and all that is told of it, by one statement: so they always belong together.

    The version is the document's own. Zuora's list may already name a later one, whose export
    failed.
    """
    own = KeyTextTransform("version", KeyTransform("workflow", document))
    found: Row | None = rows.values(
        *facts,
        text=pretty(document),
        number=Coalesce(NullIf(own, Value("", TextField())), F(version)),
        time=F(time),
        hash=F(content_hash),
    ).first()
    return found


def _found(row: Row, stored: Row | None, version: str, *, is_draft: bool) -> Found:
    entry = {
        "customer": row["customer__name"],
        "zuora_id": row["zuora_id"],
        "name": row["name"],
        "version": version,
        "kind": "draft" if is_draft else "active",
        "state": row["state"],
        "deleted_at": row["deleted_at"],
    }
    if stored is None or stored["text"] is None:
        reason = NEVER_EXPORTED if is_draft else row["export_error"] or NEVER_EXPORTED
        return MissingExport(entry | {"reason": reason})
    path = archive_path(
        customer=row["customer__name"],
        customer_id=row["customer_id"],
        workflow_id=row["pk"],
        zuora_id=row["zuora_id"],
        name=masked(row["name"]),
        version=stored["number"],
        is_draft=is_draft,
        content_hash=stored["hash"],
    )
    data = f"{stored['text']}\n".encode()
    return ExportFile(
        path,
        data,
        stored["time"],
        {
            "path": path,
            **entry,
            "version": stored["number"],
            "exported_at": stored["time"],
            "export_error": None if is_draft else row["export_error"] or None,
            "content_hash": stored["hash"],
            "sha256": hashlib.sha256(data).hexdigest(),
        },
    )
