"""The one way to request syncs, for users, schedules and new customers."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.requests import Wanted, request
from workflow_mirror.sync.kinds import SYNC, key_of


@dataclass(frozen=True)
class Options:
    """Options of a sync; a request that is merged into a queued sync adds its options."""

    full: bool = False
    allow_mass_delete: bool = False

    def as_arguments(self) -> dict[str, bool]:
        """Of the job."""
        return {name: True for name, is_set in vars(self).items() if is_set}


@dataclass(frozen=True)
class Requested:
    """The job of a customer's sync; `joined` if it was queued before. It starts after `due_at`."""

    id: int
    customer: str
    joined: bool
    due_at: datetime


@dataclass(frozen=True)
class Answer:
    """`batch` is None for fewer than two customers, and where every job was queued before."""

    jobs: list[Requested]
    batch: int | None


def request_syncs(
    customers: list[Customer],
    *,
    requested_by: str,
    options: Options | None = None,
    spread: timedelta = timedelta(0),
    priority: Priority = Priority.PEOPLE,
) -> Answer:
    """Queue a sync of each customer; see `jobs.requests.request`."""
    customers = list({customer.pk: customer for customer in customers}.values())
    answer = request(
        SYNC,
        [Wanted(key_of(customer), customer.pk) for customer in customers],
        requested_by=requested_by,
        priority=priority,
        arguments=(options or Options()).as_arguments(),
        spread=spread,
    )
    jobs = [
        Requested(job.id, customer.name, joined=job.joined, due_at=job.due_at)
        for customer, job in zip(customers, answer.jobs, strict=True)
    ]
    return Answer(jobs, answer.batch)
