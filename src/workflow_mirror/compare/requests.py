"""Requests of the job that compares two customers."""

from workflow_mirror.compare.kinds import COMPARE
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.requests import Wanted, request


def request_comparison(first: int, second: int, requested_by: str) -> None:
    """Queue a job that compares two customers, or join the one that waits.

    The job names no customer, since whoever sees only one of the two must not learn of the other.
    """
    first, second = sorted((first, second))
    request(
        COMPARE,
        [Wanted(f"compare-{first}-{second}")],
        requested_by=requested_by,
        priority=Priority.PEOPLE,
        arguments={"first": first, "second": second},
    )
