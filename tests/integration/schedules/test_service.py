"""Schedules: what is due is started once, whoever looks and however late."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.schedules import service
from workflow_mirror.schedules.errors import (
    CronError,
    InvalidScheduleError,
    ScheduleError,
    UnknownScheduleError,
)
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.schedules.scoped import find_schedule

pytestmark = pytest.mark.usefixtures("transactional_db")

type MakeCustomers = Callable[[int], list[Customer]]

NOON = datetime(2026, 6, 1, 12, 0, 20, tzinfo=UTC)


@pytest.fixture
def hourly(transactional_db: None) -> Schedule:
    """Due at noon."""
    return Schedule.objects.create(
        name="hourly", is_enabled=True, next_run_at=NOON.replace(second=0)
    )


def test_a_due_schedule_queues_a_sync_of_every_active_customer(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    idle, *active = make_customers(3)
    Customer.objects.filter(pk=idle.pk).update(is_active=False)
    assert service.run_due(NOON) == 1
    assert set(JobRun.objects.values_list("customer", flat=True)) == {one.pk for one in active}
    batch = JobBatch.objects.get()
    assert batch.requested_by == "schedule hourly"
    hourly.refresh_from_db()
    assert hourly.last_run_at == NOON
    assert hourly.next_run_at == datetime(2026, 6, 1, 13, tzinfo=UTC)


def test_nothing_is_started_before_its_time_nor_when_it_is_off(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    assert service.run_due(NOON - timedelta(minutes=1)) == 0
    hourly.is_enabled = False
    service.save_schedule(hourly)
    assert hourly.next_run_at is None
    assert service.run_due(NOON) == 0
    assert not JobRun.objects.exists()


def test_a_slot_taken_while_the_schedule_is_renamed_stays_taken(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    loaded = find_schedule(EVERYTHING, "hourly")
    service.run_due(NOON)
    loaded.name = "each hour"
    service.save_schedule(loaded)
    assert find_schedule(EVERYTHING, "each hour").last_run_at == NOON


def test_a_schedule_removed_while_it_is_changed_does_not_come_back(hourly: Schedule) -> None:
    loaded = find_schedule(EVERYTHING, "hourly")
    hourly.delete()
    loaded.full = True
    with pytest.raises(UnknownScheduleError):
        service.save_schedule(loaded)
    assert not Schedule.objects.filter(name="hourly").exists()


def test_slots_missed_while_nobody_looked_become_one_run(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    late = NOON + timedelta(days=3)
    assert [service.run_due(late), service.run_due(late)] == [1, 0]
    assert JobRun.objects.count() == 1
    hourly.refresh_from_db()
    assert hourly.next_run_at == datetime(2026, 6, 4, 13, tzinfo=UTC)


def test_two_schedulers_never_start_a_slot_twice(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(2)
    started: list[int] = []
    line = threading.Barrier(4)

    def look() -> None:
        line.wait()
        started.append(service.run_due(NOON))
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(started) == 1
    assert JobBatch.objects.count() == 1


def test_only_the_chosen_customers_are_synced_and_none_once_they_are_gone(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    chosen, *_ = make_customers(3)
    hourly.all_customers = False
    service.save_schedule(hourly, [chosen])
    assert [one.pk for one in service.scope(hourly)] == [chosen.pk]
    chosen.delete()
    Schedule.objects.update(next_run_at=NOON)
    assert service.run_due(NOON) == 1
    assert not JobRun.objects.exists()


def test_many_customers_start_one_after_the_other(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(300)
    service.run_due(NOON)
    due = sorted(JobRun.objects.values_list("due_at", flat=True))
    gaps = {round((later - sooner).total_seconds(), 3) for sooner, later in pairwise(due)}
    assert gaps == {1.0}


def test_the_last_of_them_starts_before_half_of_the_time_to_the_next_slot_is_over(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    hourly.cron = "*/5 * * * *"
    hourly.save()
    make_customers(300)
    service.run_due(NOON)
    due = JobRun.objects.order_by("due_at").values_list("due_at", flat=True)
    assert timedelta(seconds=130) < due[299] - due[0] < timedelta(seconds=150)


def test_a_full_schedule_asks_for_full_syncs(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    hourly.full = True
    hourly.save()
    service.run_due(NOON)
    assert JobRun.objects.get().arguments == {"full": True}


def test_run_now_starts_what_is_off_and_leaves_its_slot(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    answer = service.run_now(hourly, "anna")
    assert [job.joined for job in answer.jobs] == [False]
    assert JobRun.objects.get().requested_by == "anna"
    slot = hourly.next_run_at
    hourly.refresh_from_db()
    assert hourly.next_run_at == slot
    assert hourly.last_run_at is not None


def test_a_schedule_without_customers_runs_and_queues_nothing(hourly: Schedule) -> None:
    assert service.run_due(NOON) == 1
    assert service.run_now(hourly, "anna").jobs == []


def test_switching_on_counts_from_now(hourly: Schedule) -> None:
    hourly.is_enabled = True
    service.save_schedule(hourly)
    assert hourly.next_run_at is not None
    assert timezone.now() < hourly.next_run_at <= timezone.now() + timedelta(hours=1)


@pytest.mark.parametrize(
    "change",
    [
        {"cron": "61 * * * *"},
        {"cron": "0 0 31 2 *"},
        {"cron": "0 0 * * 1" + ",1" * 100},
        {"timezone": "Europe/Roma"},
        {"name": "n" * 201},
        {"name": " "},
    ],
)
def test_an_invalid_cron_expression_or_time_zone_is_not_saved(
    hourly: Schedule, change: dict[str, str]
) -> None:
    [(column, value)] = change.items()
    setattr(hourly, column, value)
    with pytest.raises(InvalidScheduleError):
        service.save_schedule(hourly)
    hourly.refresh_from_db()
    assert (hourly.name, hourly.cron, hourly.timezone) == ("hourly", "0 * * * *", "UTC")


def test_a_name_is_needed_and_taken_once(hourly: Schedule) -> None:
    with pytest.raises(ScheduleError, match="There is a schedule 'hourly' already"):
        service.save_schedule(Schedule(name=" hourly "))
    with pytest.raises(InvalidScheduleError, match="needs a name"):
        service.save_schedule(Schedule(name=" "))
    with pytest.raises(UnknownScheduleError, match="There is no schedule 'weekly'"):
        find_schedule(EVERYTHING, "weekly")


def test_a_schedule_that_became_impossible_is_switched_off_and_hinders_no_other(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    Schedule.objects.create(
        name="a lost one", timezone="Mars/Olympus", is_enabled=True, next_run_at=NOON
    )
    assert service.run_due(NOON) == 1
    lost = find_schedule(EVERYTHING, "a lost one")
    assert (lost.is_enabled, lost.next_run_at) == (False, None)


def test_starting_takes_as_many_statements_for_many_customers_as_for_few(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    statements = []
    for number in (2, 200):
        make_customers(number)
        Schedule.objects.update(next_run_at=NOON)
        with CaptureQueriesContext(connection) as captured:
            service.run_due(NOON)
        statements.append(len(captured))
        Customer.objects.all().delete()
    assert statements[0] == statements[1] > 0


@pytest.mark.parametrize(
    "cron",
    ["0 0 * * 5L", "0 0 LW * *", "0 5 1 * 1-5", "0 0 */2 * 1", "*/7 * * * *", "0 0 29 2 *"],
)
def test_what_is_accepted_is_listed_shown_and_run(
    hourly: Schedule, make_customers: MakeCustomers, cron: str
) -> None:
    make_customers(1)
    hourly.cron = cron
    service.save_schedule(hourly)
    described = service.describe(hourly)
    assert described["words"]
    assert described["error"] is None
    assert described["next_runs"][0] == hourly.next_run_at
    assert len(described["next_runs"]) == 3
    assert service.run_due(described["next_runs"][0]) == 1
    hourly.refresh_from_db()
    assert hourly.next_run_at == described["next_runs"][1]


@pytest.mark.parametrize(
    "change", [{"cron": "often"}, {"cron": "0 0 31 2 *"}, {"timezone": "Mars/Olympus"}]
)
def test_an_invalid_row_is_described_with_its_error_and_can_be_disabled(
    hourly: Schedule, change: dict[str, str]
) -> None:
    Schedule.objects.filter(pk=hourly.pk).update(**change)
    hourly.refresh_from_db()
    described = service.describe(hourly)
    assert (described["cron"], described["next_runs"]) == (hourly.cron, [])
    assert described["error"]
    service.switch(hourly, on=False)
    hourly.refresh_from_db()
    assert (hourly.is_enabled, hourly.next_run_at) == (False, None)
    with pytest.raises(CronError):
        service.switch(hourly, on=True)
    hourly.refresh_from_db()
    assert not hourly.is_enabled


def test_a_schedule_that_runs_in_the_hour_that_the_clock_repeats_starts_once(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    late = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Rome for the second time
    Schedule.objects.update(cron="30 2 * * *", timezone="Europe/Rome", next_run_at=late)
    assert [service.run_due(late + timedelta(seconds=second)) for second in range(3)] == [1, 0, 0]
    hourly.refresh_from_db()
    assert hourly.next_run_at == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_saving_a_schedule_leaves_the_run_that_the_scheduler_has_noted(
    hourly: Schedule, make_customers: MakeCustomers
) -> None:
    make_customers(1)
    edited = find_schedule(EVERYTHING, "hourly")
    service.run_due(NOON)
    edited.full = True
    service.save_schedule(edited)
    hourly.refresh_from_db()
    assert (hourly.full, hourly.last_run_at) == (True, NOON)


def test_a_schedule_that_was_removed_meanwhile_does_not_come_back(hourly: Schedule) -> None:
    edited = find_schedule(EVERYTHING, "hourly")
    hourly.delete()
    with pytest.raises(UnknownScheduleError):
        service.save_schedule(edited)
    assert not Schedule.objects.filter(name="hourly").exists()


def test_a_name_with_control_characters_is_refused(transactional_db: None) -> None:
    with pytest.raises(InvalidScheduleError, match="control character"):
        service.save_schedule(Schedule(name="a\x01b", cron="0 5 * * *"))

    assert not Schedule.objects.filter(name__contains="b").exists()
