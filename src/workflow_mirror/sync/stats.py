"""What a sync did, in numbers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict


class Outcome(StrEnum):
    """What became of one workflow; the values are the names in the stats."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    RESTORED = "restored"
    DELETED = "deleted"
    FAILED = "errors"


class SyncStats(TypedDict):
    """The numbers of one sync, as they are printed and stored with its job.

    `total` is all that was dealt with: created + updated + unchanged + restored + deleted +
    errors. `exported` counts the documents downloaded, `requests` the HTTP requests sent.
    """

    created: int
    updated: int
    deleted: int
    total: int
    errors: int
    unchanged: int
    restored: int
    exported: int
    requests: int
    seconds: float


@dataclass
class Tally:
    """Counts while a sync runs."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    restored: int = 0
    deleted: int = 0
    errors: int = 0
    exported: int = 0

    def count(self, outcome: Outcome, number: int = 1) -> None:
        setattr(self, outcome.value, getattr(self, outcome.value) + number)

    @property
    def total(self) -> int:
        return (
            self.created
            + self.updated
            + self.unchanged
            + self.restored
            + self.deleted
            + self.errors
        )

    def stats(self, *, requests: int, seconds: float) -> SyncStats:
        return SyncStats(
            created=self.created,
            updated=self.updated,
            deleted=self.deleted,
            total=self.total,
            errors=self.errors,
            unchanged=self.unchanged,
            restored=self.restored,
            exported=self.exported,
            requests=requests,
            seconds=round(seconds, 3),
        )
