"""What changed in one week: the change log by customer and workflow."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from django.db.models import Count, QuerySet
from django.utils import timezone

from workflow_mirror.access.scope import Scope
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.history.queries import changes_in
from workflow_mirror.history.summaries import summarise

MOST_CHANGES = 100
WEEK = timedelta(weeks=1)


@dataclass(frozen=True)
class WorkflowWeek:
    """The changes of one workflow, oldest first."""

    changes: list[WorkflowChange]

    @property
    def latest(self) -> WorkflowChange:
        return self.changes[-1]


@dataclass(frozen=True)
class CustomerWeek:
    """`number` counts all changes, `workflows` has those among the newest MOST_CHANGES."""

    pk: int
    name: str
    number: int
    workflows: list[WorkflowWeek]


@dataclass(frozen=True)
class Week:
    """From a Monday to the next; `kinds` counts all changes by kind, the commonest first."""

    monday: date
    kinds: list[tuple[str, int]]
    customers: list[CustomerWeek]

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def number(self) -> int:
        return sum(customer.number for customer in self.customers)

    @property
    def has_more(self) -> bool:
        return self.number > MOST_CHANGES


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def start_of(day: date) -> datetime:
    """Its midnight in the current time zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


def changes_of_week(scope: Scope, day: date) -> Week:
    """The week with that day, customers and workflows by name."""
    monday = monday_of(day)
    found = changes_in(scope).filter(
        seen_at__gte=start_of(monday), seen_at__lt=start_of(monday + WEEK)
    )
    kinds, numbers, names = _counted(found)
    shown = _by_customer(found)
    customers = [
        CustomerWeek(pk, name, numbers[pk], shown.get(pk, []))
        for pk, name in sorted(names.items(), key=lambda known: known[1].casefold())
    ]
    return Week(monday, kinds.most_common(), customers)


def _counted(
    found: QuerySet[WorkflowChange],
) -> tuple[Counter[str], Counter[int], dict[int, str]]:
    """The changes of each kind, those of each customer, and the customers' names."""
    kinds: Counter[str] = Counter()
    numbers: Counter[int] = Counter()
    names: dict[int, str] = {}
    rows = found.order_by().values_list("kind", "customer", "customer__name")
    for kind, customer, name, number in rows.annotate(number=Count("*")):
        kinds[kind] += number
        numbers[customer] += number
        names[customer] = name
    return kinds, numbers, names


def _by_customer(found: QuerySet[WorkflowChange]) -> dict[int, list[WorkflowWeek]]:
    newest = list(found.order_by("-seen_at", "-pk")[:MOST_CHANGES])
    summarise(newest, MOST_CHANGES)
    by_workflow = groupby(sorted(newest, key=_place), key=_workflow_of)
    weeks = [WorkflowWeek(list(changes)) for _workflow, changes in by_workflow]
    by_customer: dict[int, list[WorkflowWeek]] = {}
    for week in sorted(weeks, key=lambda week: str(week.latest.workflow or "").casefold()):
        by_customer.setdefault(week.latest.customer_id, []).append(week)
    return by_customer


def _workflow_of(entry: WorkflowChange) -> tuple[int, str]:
    return entry.customer_id, entry.workflow_zuora_id


def _place(entry: WorkflowChange) -> tuple[int, str, datetime, int]:
    return (*_workflow_of(entry), entry.seen_at, entry.pk)
