"""How old the mirror of a customer may become, and which ones are older."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, DateTimeField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.schedules import cron
from workflow_mirror.schedules.errors import CronError
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.sync.kinds import SYNC
from workflow_mirror.workflows.models import Workflow

WITHOUT_SCHEDULE = timedelta(days=1)
GOOD = (JobRun.Status.SUCCEEDED, JobRun.Status.COMPLETED_WITH_ERRORS)
MOST_REMEMBERED = 1000

# The last three slots of an expression in a time zone, and the next one: until then they are the
# last. Walking back through the calendar takes longer than any statement of the dashboard.
_remembered: dict[tuple[str, str], tuple[list[datetime], datetime]] = {}


def with_freshness(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Customers with `last_good_at` (null: never) and what `is_stale` needs.

    Reads the schedules at once, in one statement; a page calls this once.
    """
    # A retry of failed exports checks nothing else, so it does not prove that the mirror is fresh.
    good = JobRun.objects.filter(customer=OuterRef("pk"), status__in=GOOD, kind=SYNC.name).order_by(
        "-finished_at"
    )
    # Jobs are deleted after some weeks: then any workflow has the time of the last sync.
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


def last_slots(expression: str, timezone: str, now: datetime) -> list[datetime]:
    """The three slots before `now`, latest first, in UTC. Raises CronError."""
    key = (expression, timezone)
    slots, following = _remembered.get(key, ([], now))
    if not (slots and slots[0] < now <= following):
        slots = cron.slots_before(expression, timezone, now, 3)
        # A slot at this very moment is not before it, but will be a moment later.
        following = cron.next_after(expression, timezone, now - timedelta.resolution)
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (slots, following)
    return slots


def _stale_before(now: datetime) -> Case:
    """The moment before which a customer's last good sync makes it stale: the latest that any of
    its schedules gives.
    """
    of_all, of_some = None, dict[int, datetime]()
    for cutoff, chosen in _cutoffs(now):
        if chosen is None:
            of_all = max(cutoff, of_all or cutoff)
        else:
            of_some |= {pk: max(cutoff, of_some.get(pk, cutoff)) for pk in chosen}
    customers = defaultdict[datetime, list[int]](list)
    for pk, cutoff in of_some.items():
        if of_all is None or cutoff > of_all:
            customers[cutoff].append(pk)
    whens = [When(pk__in=pks, then=Value(cutoff)) for cutoff, pks in customers.items()]
    default = Value(of_all or now - WITHOUT_SCHEDULE)
    return Case(*whens, default=default, output_field=DateTimeField())


def _cutoffs(now: datetime) -> Iterator[tuple[datetime, list[int] | None]]:
    """Of each enabled schedule, with the keys of its customers; None: all."""
    chosen = ArrayAgg("customers", filter=Q(customers__isnull=False), default=[])
    enabled = Schedule.objects.filter(is_enabled=True).order_by().annotate(chosen=chosen)
    for expression, zone, for_all, customers in enabled.values_list(
        "cron", "timezone", "all_customers", "chosen"
    ):
        try:
            last, _, third = last_slots(expression, zone, now)
        except CronError:
            continue
        # Not over a pause of the schedule, such as a weekend: then nothing has been missed yet.
        yield min(last, now - (last - third)), None if for_all else customers
