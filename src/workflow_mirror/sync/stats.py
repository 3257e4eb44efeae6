"""What a sync did: numbers, and the workflows that failed."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypedDict

from workflow_mirror.errors import Coded


class Outcome(StrEnum):
    """What became of one workflow; the values are the names in the stats."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    RESTORED = "restored"
    DELETED = "deleted"
    FAILED = "failed"


MOST_LISTED = 100


class WorkflowFailure(TypedDict):
    """One workflow that could not be synced.

    `code` names the kind of error (zuora/errors.py); `reason` is its English text, `details` what
    that is made of.
    """

    zuora_id: str
    name: str
    code: str
    reason: str
    details: Coded | None


class SyncStats(TypedDict):
    """The result of one sync, as it is printed and stored with its job.

    `errors` lists the workflows that failed, at most MOST_LISTED of them; `failed` counts them
    all. `total` is created + updated + unchanged + restored + deleted + failed. `exported` counts
    the documents downloaded, `requests` the HTTP requests sent.
    """

    created: int
    updated: int
    deleted: int
    total: int
    errors: list[WorkflowFailure]
    failed: int
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
    failed: int = 0
    exported: int = 0
    errors: list[WorkflowFailure] = field(default_factory=list)

    def count(self, outcome: Outcome, number: int = 1) -> None:
        setattr(self, outcome.value, getattr(self, outcome.value) + number)

    def fail(self, failure: WorkflowFailure) -> None:
        self.count(Outcome.FAILED)
        if len(self.errors) < MOST_LISTED:
            self.errors.append(failure)

    @property
    def total(self) -> int:
        return (
            self.created
            + self.updated
            + self.unchanged
            + self.restored
            + self.deleted
            + self.failed
        )

    def stats(self, *, requests: int, seconds: float) -> SyncStats:
        return SyncStats(
            created=self.created,
            updated=self.updated,
            deleted=self.deleted,
            total=self.total,
            errors=list(self.errors),
            failed=self.failed,
            unchanged=self.unchanged,
            restored=self.restored,
            exported=self.exported,
            requests=requests,
            seconds=round(seconds, 3),
        )
