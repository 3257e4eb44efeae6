"""What is wrong with the installation as a whole, and who may know of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.sync_jobs import sync_job
from workflow_mirror.access.scope import EVERYTHING, NOTHING, Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.schedules import alarms, cron
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.schedules.freshness import is_stale, with_freshness
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.workflows.models import Workflow

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

type MakeCustomers = Callable[[int], list[Customer]]


def ago(age: timedelta) -> datetime:
    return timezone.now() - age


def run(
    customer: Customer, status: str = "succeeded", age: timedelta = HOUR, **more: Any
) -> JobRun:
    moment = ago(age)
    ended = None if status in JobRun.QUEUED else moment
    times = {"queued_at": moment, "due_at": moment, "finished_at": ended}
    return JobRun.objects.create(
        **sync_job(customer) | {"status": status, "requested_by": "test"} | times | more
    )


def schedule(
    name: str = "hourly", *customers: Customer, late: timedelta = -HOUR, **more: Any
) -> Schedule:
    made = Schedule.objects.create(
        name=name,
        is_enabled=True,
        next_run_at=ago(late),
        all_customers=not customers,
        **more,
    )
    made.customers.set(customers)
    return made


def worker(silent: timedelta = timedelta()) -> WorkerProcess:
    moment = ago(silent)
    return WorkerProcess.objects.create(
        id=uuid4(), host="h", pid=1, application_name="a", concurrency=1,
        started_at=moment, heartbeat_at=moment,
    )  # fmt: skip


def codes(scope: Scope = EVERYTHING) -> list[Code]:
    return [alarm.code for alarm in find_alarms(scope)]


@pytest.fixture
def rossi(make_customers: MakeCustomers) -> Customer:
    """Synced an hour ago."""
    [customer] = make_customers(1)
    run(customer)
    return customer


def test_a_mirror_that_cron_works_has_no_alarm_between_two_calls(rossi: Customer) -> None:
    schedule()
    run(rossi, "waiting", age=timedelta(minutes=1))
    assert codes() == []


def test_background_work_that_is_due_is_no_alarm(rossi: Customer) -> None:
    run(rossi, "waiting", age=HOUR, priority=Priority.BACKGROUND)
    assert codes() == []


def test_without_a_worker_what_is_due_is_an_alarm(rossi: Customer) -> None:
    run(rossi, "waiting", age=HOUR, priority=Priority.SCHEDULE)
    [alarm] = find_alarms(EVERYTHING)
    assert (alarm.code, alarm.count) == (Code.NO_WORKER, 1)
    worker(silent=DAY)
    assert codes() == [Code.NO_WORKER]
    worker()
    assert codes() == []


def test_a_schedule_that_counts_on_a_dead_worker_is_an_alarm_before_it_is_due(
    rossi: Customer,
) -> None:
    schedule()
    worker(silent=DAY)
    assert codes() == [Code.NO_WORKER]


def test_an_overdue_schedule_is_an_alarm_also_with_a_worker(rossi: Customer) -> None:
    worker()
    late = schedule(late=HOUR)
    [alarm] = find_alarms(EVERYTHING)
    assert (alarm.code, alarm.names) == (Code.SCHEDULES_OVERDUE, ["hourly"])
    assert alarm.since == late.next_run_at
    Schedule.objects.update(is_enabled=False)
    assert codes() == []


def test_rejected_credentials_are_an_alarm_while_the_customer_is_active(rossi: Customer) -> None:
    Customer.objects.update(needs_attention="Invalid credentials")
    [alarm] = find_alarms(EVERYTHING)
    assert (alarm.code, alarm.names) == (Code.CREDENTIALS_REJECTED, [rossi.name])
    Customer.objects.update(is_active=False)
    assert codes() == []


def test_a_failed_job_is_an_alarm_until_it_is_resolved(rossi: Customer) -> None:
    run(rossi, "failed", age=2 * HOUR, resolved_at=ago(HOUR))
    assert codes() == []
    run(rossi, "failed", age=HOUR / 2)
    run(rossi, "cancelled", age=HOUR / 3)
    [alarm] = find_alarms(EVERYTHING)
    assert (alarm.code, alarm.count, alarm.names) == (Code.JOBS_FAILED, 1, [rossi.name])
    JobRun.objects.filter(status="failed").update(resolved_at=ago(HOUR / 4))
    assert codes() == []


# Hours since the last good sync, and whether that is too long.
@pytest.mark.parametrize(("hours", "stale"), [(1.9, False), (2.1, True), (100, True)])
def test_a_customer_is_stale_after_twice_the_interval_of_its_schedule(
    make_customers: MakeCustomers,
    hours: float,
    stale: bool,  # noqa: FBT001 - a parameter
) -> None:
    rossi, other = long_known(make_customers(2))
    schedule()
    schedule("monthly", cron="0 0 1 * *")
    run(other, age=timedelta())
    run(rossi, age=hours * HOUR)
    found = {one.code: one.names for one in find_alarms(EVERYTHING)}
    assert found == ({Code.CUSTOMERS_STALE: [rossi.name]} if stale else {})


@pytest.mark.parametrize(("hours", "stale"), [(23, False), (25, True)])
def test_a_customer_without_a_schedule_is_stale_after_a_day(
    make_customers: MakeCustomers,
    hours: float,
    stale: bool,  # noqa: FBT001 - a parameter
) -> None:
    rossi, other = long_known(make_customers(2))
    schedule("of the other", other)
    run(other, age=timedelta())
    run(rossi, age=hours * HOUR)
    assert codes() == ([Code.CUSTOMERS_STALE] if stale else [])


def test_the_most_frequent_schedule_of_a_customer_counts(make_customers: MakeCustomers) -> None:
    rossi, other = long_known(make_customers(2))
    schedule("all, daily", cron="0 0 * * *")
    schedule("of one, hourly", rossi)
    for one in (rossi, other):
        run(one, age=5 * HOUR)
    [alarm] = find_alarms(EVERYTHING)
    assert (alarm.code, alarm.names) == (Code.CUSTOMERS_STALE, [rossi.name])


def test_a_customer_that_is_synced_without_jobs_or_is_new_or_inactive_is_not_stale(
    make_customers: MakeCustomers,
) -> None:
    by_hand, new, idle = make_customers(3)
    long_known([by_hand, idle])
    Customer.objects.filter(pk=idle.pk).update(is_active=False)
    run(by_hand, age=9 * DAY)
    Workflow.objects.create(customer=by_hand, zuora_id="1", last_synced_at=ago(HOUR))
    assert codes() == []
    long_known([new])
    assert codes() == [Code.CUSTOMERS_STALE]


FRIDAY = datetime(2026, 11, 27, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "stale"),
    [
        (datetime(2026, 11, 29, 12, 0, tzinfo=UTC), False),  # Sunday
        (datetime(2026, 11, 30, 6, 0, tzinfo=UTC), False),  # Monday: one is missing
        (datetime(2026, 12, 1, 6, 0, tzinfo=UTC), True),  # Tuesday: two are
    ],
)
def test_a_pause_of_the_schedule_makes_nobody_stale(
    make_customers: MakeCustomers,
    monkeypatch: pytest.MonkeyPatch,
    now: datetime,
    stale: bool,  # noqa: FBT001 - a parameter
) -> None:
    [rossi] = make_customers(1)
    Customer.objects.update(created_at=FRIDAY)
    schedule("on weekdays", cron="0 5 * * 1-5")
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert is_stale(with_freshness(Customer.objects.all()).get(pk=rossi.pk)) is stale


def test_slots_before_are_those_that_come_after(db: None) -> None:
    moment = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
    slots = cron.slots_before("0 5 * * 1-5", "Europe/Rome", moment, 3)
    assert [f"{slot:%d %H:%M}" for slot in slots] == ["31 03:00", "30 03:00", "27 04:00"]
    for later, earlier in pairwise(slots):
        assert cron.next_after("0 5 * * 1-5", "Europe/Rome", earlier) == later


def test_who_may_see_some_customers_learns_nothing_of_the_others(
    make_customers: MakeCustomers,
) -> None:
    rossi, bianchi = long_known(make_customers(2))
    run(rossi)
    worker()
    schedule("of all", late=HOUR, cron="0 0 * * *")
    schedule("of both", rossi, bianchi, late=HOUR, cron="0 0 * * *")
    run(bianchi, "failed", age=9 * DAY)
    Customer.objects.filter(pk=bianchi.pk).update(needs_attention="Invalid credentials")
    assert len(codes()) == 4
    assert codes(Scope((rossi.pk,))) == []
    assert codes(NOTHING) == []
    schedule("of one", rossi, late=HOUR, cron="0 0 * * *")
    [alarm] = find_alarms(Scope((rossi.pk,)))
    assert (alarm.code, alarm.names) == (Code.SCHEDULES_OVERDUE, ["of one"])
    assert "of both" not in str(find_alarms(Scope((rossi.pk,))))


def test_many_are_counted_and_some_are_named(make_customers: MakeCustomers) -> None:
    long_known(make_customers(30))
    [alarm] = find_alarms(EVERYTHING)
    assert (alarm.count, len(alarm.names)) == (30, alarms.MOST_NAMES)
    assert alarm.text.startswith("30 customers with a stale mirror: Cliente 000, ")
    assert set(alarm.describe()) == {"code", "text", "count", "names", "since"}


def long_known(customers: list[Customer]) -> list[Customer]:
    Customer.objects.filter(pk__in=[one.pk for one in customers]).update(created_at=ago(99 * DAY))
    return customers
