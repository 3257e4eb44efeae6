"""The one way to request syncs, for users, schedules and new customers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import names, record
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.requests import Answer as QueuedJobs
from workflow_mirror.jobs.requests import Wanted, request
from workflow_mirror.sync.kinds import RETRY_FAILED_EXPORTS, SYNC, key_of


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


@transaction.atomic
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
        _wanted(customers),
        requested_by=requested_by,
        priority=priority,
        arguments=(options or Options()).as_arguments(),
        spread=spread,
    )
    record_request(customers, options or Options())
    return _answer(customers, answer)


@transaction.atomic
def request_retry_of_exports(customer: Customer, *, requested_by: str) -> Answer:
    """Queue a retry of the customer's failed exports; joins a queued sync, which includes it."""
    answer = request(
        RETRY_FAILED_EXPORTS,
        _wanted([customer]),
        requested_by=requested_by,
        priority=Priority.PEOPLE,
    )
    _record(Action.EXPORTS_RETRIED, [customer], {})
    return _answer([customer], answer)


def record_request(customers: list[Customer], options: Options) -> None:
    _record(Action.SYNC_REQUESTED, customers, options.as_arguments())


def _record(action: Action, customers: list[Customer], options: dict[str, Any]) -> None:
    """One event, however many customers there are: each has a job with the rest."""
    one = customers[0].pk if len(customers) == 1 else None
    target = names(customer.name for customer in customers)
    record(action, target, customer_id=one, number=len(customers), **options)


def _wanted(customers: list[Customer]) -> list[Wanted]:
    return [Wanted(key_of(customer), customer.pk) for customer in customers]


def _answer(customers: list[Customer], answer: QueuedJobs) -> Answer:
    jobs = [
        Requested(job.id, customer.name, joined=job.joined, due_at=job.due_at)
        for customer, job in zip(customers, answer.jobs, strict=True)
    ]
    return Answer(jobs, answer.batch)
