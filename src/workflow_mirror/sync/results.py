"""How a sync ended, for a caller that waits for several of them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.work import Work
from workflow_mirror.sync.stats import SyncStats, Tally


class Status(StrEnum):
    SUCCEEDED = "succeeded"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"


@dataclass(frozen=True)
class SyncResult:
    """`error` is one line for the user; `stats` count what was done until it happened."""

    customer: str
    status: Status
    stats: SyncStats
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "customer": self.customer,
            "status": self.status.value,
            "stats": self.stats,
            "error": self.error,
        }


def result_of(run: JobRun, customer: str) -> SyncResult:
    """Of a job run that has ended."""
    stats = _stats(run.output)
    if run.status == JobRun.Status.CANCELLED:
        return SyncResult(customer, Status.FAILED, stats, f"Job {run.pk} was cancelled")
    return SyncResult(customer, Status(run.status), stats, run.error or None)


def stats_of(work: Work) -> SyncStats:
    """What an attempt at a sync has done so far."""
    return _stats(work.report().output)


def failure(customer: str, error: str, stats: SyncStats | None = None) -> SyncResult:
    return SyncResult(customer, Status.FAILED, stats or no_stats(), error)


def no_stats() -> SyncStats:
    return Tally().stats(requests=0, seconds=0.0)


def _stats(output: dict[str, Any] | None) -> SyncStats:
    """The database does not keep the order of the keys."""
    stats = no_stats()
    stats.update(cast("SyncStats", output or {}))
    return stats
