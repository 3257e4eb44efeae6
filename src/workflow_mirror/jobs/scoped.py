"""How far batches are, told to a user from the jobs of his own customers alone."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count

from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit.access import AnyUser, limited

Status = JobRun.Status


@dataclass
class BatchCounts:
    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.running + self.ended

    @property
    def ended(self) -> int:
        return self.done + self.failed + self.cancelled

    def add(self, status: str, number: int) -> None:
        match status:
            case Status.WAITING | Status.RETRYING:
                self.waiting += number
            case Status.SUCCEEDED | Status.COMPLETED_WITH_ERRORS:
                self.done += number
            case _:  # the others have a column of their own name
                setattr(self, status, getattr(self, status) + number)


def count_jobs(batch_ids: Collection[int], user: AnyUser) -> dict[int, BatchCounts]:
    """By batch, in one statement."""
    runs = limited(JobRun.objects.filter(batch__in=batch_ids), user)
    found = runs.order_by().values_list("batch", "status").annotate(number=Count("*"))
    counts: dict[int, BatchCounts] = defaultdict(BatchCounts)
    for batch_id, status, number in found:
        counts[batch_id].add(status, number)
    return counts
