"""Problems of the whole installation: no worker, stale customers, failed jobs and others.

Every user interface shows these: the dashboard, the list of customers, `zwm queue monitor`.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Exists, Min, Q
from django.utils import timezone

from workflow_mirror.access.customers import active_customers
from workflow_mirror.access.scope import Scope
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.jobs.scoped import jobs_in
from workflow_mirror.schedules.freshness import is_stale, with_freshness
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.scoped import schedules_in

# If cron starts workers every minute, due jobs wait a little for the next one.
TOLERANCE = timedelta(minutes=5)
MOST_NAMES = 20


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


def find_alarms(scope: Scope, codes: Collection[Code] = frozenset(Code)) -> list[Alarm]:
    """Worst first. A limited user learns nothing of other customers and their schedules, except
    that no worker is running.

    Only `codes` are looked for. The number of statements depends on them alone, not on what is
    wrong.
    """
    found = (look(scope) for code, look in _LOOKS.items() if code in codes)
    return [alarm for alarm in found if alarm]


def _no_worker(_scope: Scope) -> Alarm | None:
    """Something is due without a worker, or a schedule depends on a worker that has died.

    Background work can wait: a command that syncs without a worker may request it.
    A schedule alone is no reason: if cron starts workers, none is alive in between.
    """
    late = timezone.now() - TOLERANCE
    queued = JobRun.objects.filter(
        status__in=JobRun.QUEUED, due_at__lt=late, priority__gt=Priority.BACKGROUND
    )
    due = queued.aggregate(number=Count("*"), since=Min("due_at"))
    has_lost_one = Exists(WorkerProcess.objects.all())
    waits = Schedule.objects.filter(Q(next_run_at__lt=late) | has_lost_one, is_enabled=True)
    is_needed = waits.exists() or due["number"] > 0
    if alive_workers() or not is_needed:
        return None
    text = "No worker is running: start zwm up or zwm queue work"
    return Alarm(Code.NO_WORKER, text, due["number"], since=due["since"])


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
    failed = jobs_in(scope).filter(status=JobRun.Status.FAILED, resolved_at=None)
    counted = failed.values_list("customer__name", "name").annotate(number=Count("*"))
    rows = list(counted.order_by("customer__name", "name"))
    if not rows:
        return None
    count = sum(number for _customer, _name, number in rows)
    names = list(dict.fromkeys(customer or name for customer, name, _number in rows))
    text = f"{_counted(count, 'job')} failed and did not succeed later: see zwm queue failed"
    return Alarm(Code.JOBS_FAILED, text, count, names[:MOST_NAMES])


def _stale(scope: Scope) -> Alarm | None:
    active = with_freshness(active_customers(scope))
    names = [customer.name for customer in active if is_stale(customer)]
    return _alarm(Code.CUSTOMERS_STALE, "customer", "with a stale mirror", names)


_LOOKS: dict[Code, Callable[[Scope], Alarm | None]] = {
    Code.NO_WORKER: _no_worker,
    Code.SCHEDULES_OVERDUE: _overdue,
    Code.CREDENTIALS_REJECTED: _rejected,
    Code.JOBS_FAILED: _failed,
    Code.CUSTOMERS_STALE: _stale,
}


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
