"""What is wrong with the installation as a whole: nobody works, nothing is fresh, something failed.

Each surface shows these: the dashboard, the list of customers, `zwm queue monitor`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Case, DateTimeField, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from workflow_mirror.access.customers import active_customers
from workflow_mirror.access.scope import Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.jobs.scoped import jobs_in
from workflow_mirror.schedules import cron
from workflow_mirror.schedules.errors import CronError
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.scoped import schedules_in
from workflow_mirror.workflows.models import Workflow

# Where cron starts workers, every minute, what is due waits a little for the next one.
TOLERANCE = timedelta(minutes=5)
WITHOUT_SCHEDULE = timedelta(days=1)
MOST_NAMES = 20
GOOD = (JobRun.Status.SUCCEEDED, JobRun.Status.COMPLETED_WITH_ERRORS)


class Code(StrEnum):
    NO_WORKER = "no_worker"
    SCHEDULES_OVERDUE = "schedules_overdue"
    CREDENTIALS_REJECTED = "credentials_rejected"
    JOBS_FAILED = "jobs_failed"
    CUSTOMERS_STALE = "customers_stale"


@dataclass(frozen=True)
class Alarm:
    """`names` are at most 20 of the `count` affected; for NO_WORKER `count` are the jobs due."""

    code: Code
    text: str
    count: int
    names: list[str] = field(default_factory=list)
    since: datetime | None = None

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "code": self.code.value,
            "text": self.text,
            "count": self.count,
            "names": self.names,
            "since": self.since,
        }


def find_alarms(scope: Scope) -> list[Alarm]:
    """Worst first. A limited user learns nothing of other customers and their schedules, except
    that no worker is running.
    """
    found = (_no_worker(), _overdue(scope), _rejected(scope), _failed(scope), _stale(scope))
    return [alarm for alarm in found if alarm]


def with_freshness(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with `last_good_at` (null: never) and what `is_stale` needs; one statement."""
    # A retry of failed exports looks at nothing else: it does not show that the mirror is fresh.
    good = JobRun.objects.filter(
        customer=OuterRef("pk"), status__in=GOOD, failed_only=False
    ).order_by("-finished_at")
    # Jobs are deleted after some weeks: then any workflow tells when it was seen.
    seen = Workflow.objects.filter(customer=OuterRef("pk"), deleted_at=None).order_by()
    good_job_at, seen_at = good.values("finished_at")[:1], seen.values("last_synced_at")[:1]
    return customers.annotate(
        last_good_at=Coalesce(Subquery(good_job_at), Subquery(seen_at)),
        seen_at=Subquery(seen_at),
        stale_before=_stale_before(timezone.now()),
    )


def is_stale(customer: Any) -> bool:
    """Whether it is active and its last good sync older than twice the interval of its schedule, or
    than a day without one. Of a customer that came through `with_freshness`.
    """
    moments = (customer.created_at, customer.last_good_at, customer.seen_at)
    fresh_at = max(moment for moment in moments if moment)
    return bool(customer.is_active and fresh_at < customer.stale_before)


def _no_worker() -> Alarm | None:
    """Without a worker something is due, or a schedule counts on one that has died.

    A schedule alone is no reason: where cron starts workers, none is alive in between.
    """
    if alive_workers():
        return None
    late = timezone.now() - TOLERANCE
    due = JobRun.objects.filter(status__in=JobRun.QUEUED, due_at__lt=late)
    enabled = Schedule.objects.filter(is_enabled=True)
    overdue = enabled.filter(next_run_at__lt=late)
    has_lost_one = WorkerProcess.objects.exists() and enabled.exists()
    if not (due.exists() or overdue.exists() or has_lost_one):
        return None
    since = due.order_by("due_at").values_list("due_at", flat=True).first()
    text = "No worker is running: start zwm up or zwm queue work"
    return Alarm(Code.NO_WORKER, text, due.count(), since=since)


def _overdue(scope: Scope) -> Alarm | None:
    late = timezone.now() - TOLERANCE
    schedules = schedules_in(scope).filter(is_enabled=True, next_run_at__lt=late)
    found = list(schedules.order_by("next_run_at").values_list("name", "next_run_at"))
    names = [name for name, _ in found]
    return _alarm(
        Code.SCHEDULES_OVERDUE, "schedule", "overdue", names, found[0][1] if found else None
    )


def _rejected(scope: Scope) -> Alarm | None:
    refused = active_customers(scope).exclude(needs_attention="")
    names = list(refused.values_list("name", flat=True))
    return _alarm(Code.CREDENTIALS_REJECTED, "customer", "with rejected credentials", names)


def _failed(scope: Scope) -> Alarm | None:
    """Failed jobs of customers whose later jobs have not succeeded either."""
    later = JobRun.objects.filter(
        customer=OuterRef("customer"),
        name=OuterRef("name"),
        status__in=GOOD,
        finished_at__gt=OuterRef("finished_at"),
    )
    failed = jobs_in(scope).filter(~Exists(later), status=JobRun.Status.FAILED)
    count = failed.count()
    if not count:
        return None
    names = failed.order_by("customer__name").values_list("customer__name", flat=True).distinct()
    return Alarm(
        Code.JOBS_FAILED,
        f"{_counted(count, 'job')} failed and did not succeed later: see zwm queue failed",
        count,
        list(names[:MOST_NAMES]),
    )


def _stale(scope: Scope) -> Alarm | None:
    active = with_freshness(active_customers(scope))
    names = [customer.name for customer in active if is_stale(customer)]
    return _alarm(Code.CUSTOMERS_STALE, "customer", "with a stale mirror", names)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _alarm(
    code: Code, noun: str, rest: str, names: list[str], since: datetime | None = None
) -> Alarm | None:
    if not names:
        return None
    shown = names[:MOST_NAMES]
    more = ", ..." if len(names) > len(shown) else ""
    text = f"{_counted(len(names), noun)} {rest}: {', '.join(shown)}{more}"
    return Alarm(code, text, len(names), shown, since)


def _stale_before(now: datetime) -> Case:
    """The moment before which a customer's last good sync makes it stale: the latest that any of
    its schedules gives.
    """
    cutoffs = sorted(_cutoffs(now), key=lambda one: one[0], reverse=True)
    whens, default = [], now - WITHOUT_SCHEDULE
    for cutoff, customers in cutoffs:
        if customers is None:
            default = cutoff
            break
        whens.append(When(pk__in=customers, then=Value(cutoff)))
    return Case(*whens, default=Value(default), output_field=DateTimeField())


def _cutoffs(now: datetime) -> Iterator[tuple[datetime, Iterable[int] | None]]:
    """Of each enabled schedule, with its customers; None: all."""
    for schedule in Schedule.objects.filter(is_enabled=True).prefetch_related("customers"):
        try:
            last, _, third = cron.slots_before(schedule.cron, schedule.timezone, now, 3)
        except CronError:
            continue
        chosen = None if schedule.all_customers else [one.pk for one in schedule.customers.all()]
        # Not over a pause of the schedule, such as a weekend: then nothing has been missed yet.
        yield min(last, now - (last - third)), chosen
