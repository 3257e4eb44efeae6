"""Notes about versions in Zuora's list that need no request, or none any more."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.errors import SafeError
from workflow_mirror.workflows.upsert import Upsert
from workflow_mirror.zuora.dates import parse_time

_KEY = ("customer_id", "workflow_zuora_id", "version")
_VALUES = ("version_id", "listed_updated_at", "fetched_at", "export_id", "error", "error_details")
_UPSERT = Upsert("earlier_versions", _KEY, _VALUES)


@dataclass(frozen=True)
class ListedVersion:
    """An entry of the inactive versions in a list row, as text; "" for what it does not tell."""

    zuora_id: str
    version: str
    version_id: str
    updated_at: str

    @property
    def updated_on(self) -> datetime | None:
        return parse_time(self.updated_at)


@dataclass(frozen=True)
class Note:
    """The export of a version, by its key, or the error that it has none."""

    listed: ListedVersion
    export: int | None = None
    error: SafeError | None = None


def write_notes(customer: Customer, notes: list[Note]) -> None:
    """One statement, none for no notes. A note replaces the one about an older entry."""
    now = timezone.now()
    rows = [
        {
            "customer_id": customer.pk,
            "workflow_zuora_id": note.listed.zuora_id,
            "version": note.listed.version,
            "version_id": note.listed.version_id,
            "listed_updated_at": note.listed.updated_at,
            "fetched_at": now,
            "export_id": note.export,
            "error": error_text(note.error) if note.error else "",
            "error_details": error_details(note.error) if note.error else None,
        }
        for note in notes
    ]
    _UPSERT.write(rows, returning="id")
