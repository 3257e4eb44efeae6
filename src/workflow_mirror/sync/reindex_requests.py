"""Requests of the job that indexes stored exports again."""

from collections.abc import Iterable
from typing import Final

from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.maintenance import MaintenanceTask
from workflow_mirror.jobs.requests import Queued, Wanted, request
from workflow_mirror.references.index_again import mark_stale, stale_workflows
from workflow_mirror.sync.reindex_kind import REINDEX

SECONDS_BETWEEN_LOOKS = 3600.0


def request_if_needed() -> None:
    """Queue a job if the references of any workflow are stale, as after an update."""
    if stale_workflows().exists():
        _request("maintenance", Priority.BACKGROUND)


def request_reindex(customer_ids: Iterable[int] | None, requested_by: str) -> Queued:
    """Queue a job that indexes all exports again, or those of some customers."""
    mark_stale(customer_ids)
    return _request(requested_by, Priority.PEOPLE)


def _request(requested_by: str, priority: Priority) -> Queued:
    answer = request(REINDEX, [Wanted("reindex")], requested_by=requested_by, priority=priority)
    return answer.jobs[0]


TASK: Final = MaintenanceTask(request_if_needed, SECONDS_BETWEEN_LOOKS)
