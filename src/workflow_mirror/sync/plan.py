"""Which listed workflows must be exported again, and what has changed in the list itself.

Zuora does not document which edits change `updatedAt` (API.md section 11), so a workflow counts as
unchanged only while its whole list row equals the one of its last good export, and even then it
is exported again once a day.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.documents import canonical_json, storable
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.definitions import Definition

# Somewhat less than a day: when a daily sync begins, the exports of the day before are not yet a
# whole day old, and would wait for another one.
EXPORT_AGAIN_AFTER = timedelta(hours=22)


@dataclass(frozen=True)
class Mirrored:
    """The mirrored state of one workflow; its documents stay in the database."""

    pk: int
    zuora_id: str
    list_row: dict[str, Any]
    export_hash: str
    export_fingerprint: str
    exported_at: datetime | None
    export_error: str
    export_error_details: Any
    draft_hash: str
    is_tombstone: bool


@dataclass(frozen=True)
class Listed:
    """One listed workflow with its mirrored state, if there is one."""

    definition: Definition
    row: dict[str, Any]
    fingerprint: str
    mirrored: Mirrored | None

    @property
    def has_changed(self) -> bool:
        """Whether the list shows it otherwise than the mirror does."""
        known = self.mirrored
        return known is None or known.is_tombstone or known.list_row != self.row

    def needs_export(self, now: datetime, *, full: bool) -> bool:
        known = self.mirrored
        return (
            full
            or known is None
            or known.is_tombstone
            or known.exported_at is None
            or bool(known.export_error)
            or known.export_fingerprint != self.fingerprint
            or now - known.exported_at >= EXPORT_AGAIN_AFTER
        )


def beside_the_mirror(customer: Customer, definitions: Iterable[Definition]) -> list[Listed]:
    """The listed workflows with their mirrored states: one statement."""
    by_id = {definition.zuora_id: definition for definition in definitions}
    known = {mirrored.zuora_id: mirrored for mirrored in find_mirrored(customer, list(by_id))}
    return [_listed(definition, known.get(key)) for key, definition in by_id.items()]


def find_mirrored(customer: Customer, zuora_ids: list[str]) -> list[Mirrored]:
    rows = Workflow.objects.filter(customer=customer, zuora_id__in=zuora_ids).values_list(
        "pk",
        "zuora_id",
        "list_row",
        "export_hash",
        "export_fingerprint",
        "exported_at",
        "export_error",
        "export_error_details",
        "draft_hash",
        "deleted_at",
    )
    return [Mirrored(*row[:-1], is_tombstone=row[-1] is not None) for row in rows]


def fingerprint(row: dict[str, Any]) -> str:
    """A hash of a whole list row."""
    return hashlib.sha256(canonical_json(row)).hexdigest()


def _listed(definition: Definition, mirrored: Mirrored | None) -> Listed:
    row, _ = storable(definition.raw)
    return Listed(definition, row, fingerprint(row), mirrored)
