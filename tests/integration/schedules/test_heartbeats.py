"""Heartbeats: one call after each good run, to a real receiver that can be hostile."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.receiver import Receiver, running_receiver
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import runner
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.outgoing import requests
from workflow_mirror.outgoing.errors import UrlError
from workflow_mirror.schedules import good_runs, service
from workflow_mirror.schedules.models import Schedule, ScheduleRun

type MakeCustomers = Callable[[int], list[Customer]]

Status = JobRun.Status
SECRET = "of-the-receiver"


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    settings.ZWM_WEBHOOK_NETWORKS = ["127.0.0.1/32"]
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def schedule(receiver: Receiver, make_customers: MakeCustomers) -> Schedule:
    """Of two customers."""
    make_customers(2)
    made = Schedule(name="nightly", cron="0 2 * * *", is_enabled=True)
    made.heartbeat_url = receiver.url
    service.save_schedule(made)
    return made


def start(schedule: Schedule) -> list[int]:
    """Its slot comes; the jobs of the run."""
    Schedule.objects.filter(pk=schedule.pk).update(next_run_at=timezone.now())
    assert service.run_due() == 1
    return list(JobRun.objects.filter(kind="sync").order_by("pk").values_list("pk", flat=True))


def end(job: int, status: str = Status.SUCCEEDED) -> None:
    JobRun.objects.filter(pk=job).update(status=status, finished_at=timezone.now())


def work() -> list[str]:
    """What a worker does, also with retries at once: the states of the jobs that call."""
    good_runs.request_calls()
    jobs = JobRun.objects.filter(kind="heartbeat").order_by("pk")
    with Lease(1) as lease:
        while (job := jobs.filter(status__in=JobRun.QUEUED).first()) is not None:
            jobs.update(due_at=timezone.now())
            runner.perform(job.pk, lease, lambda: False, [])
    return list(jobs.values_list("status", flat=True))


def run_well(schedule: Schedule) -> list[str]:
    for job in start(schedule):
        end(job)
    return work()


def shown(schedule: Schedule) -> Any:
    return service.describe(Schedule.objects.get(pk=schedule.pk))["heartbeat"]


def test_the_url_is_called_once_after_the_last_sync_has_succeeded(
    schedule: Schedule, receiver: Receiver
) -> None:
    first, second = start(schedule)
    assert work() == []
    end(first)
    assert work() == []
    end(second)
    assert work() == [Status.SUCCEEDED]
    assert work() == [Status.SUCCEEDED]
    [got] = receiver.requests
    assert (got.method, got.path, got.body) == ("GET", f"/hook?token={SECRET}", b"")
    heartbeat = shown(schedule)
    assert (heartbeat["host"], heartbeat["error"]) == ("127.0.0.1", None)
    assert heartbeat["last_sent_at"] is not None
    assert not ScheduleRun.objects.exists()


@pytest.mark.parametrize("status", [Status.FAILED, Status.COMPLETED_WITH_ERRORS, Status.CANCELLED])
def test_a_run_with_a_sync_that_did_not_succeed_is_not_good(
    schedule: Schedule, receiver: Receiver, status: str
) -> None:
    first, second = start(schedule)
    end(first)
    end(second, status)
    assert work() == []
    end(second)  # by hand, later
    assert work() == []
    assert receiver.requests == []
    assert shown(schedule)["last_sent_at"] is None


def test_a_job_that_was_deleted_makes_the_run_a_bad_one(
    schedule: Schedule, receiver: Receiver
) -> None:
    first, second = start(schedule)
    end(first)
    JobRun.objects.filter(pk=second).delete()
    assert work() == []
    assert not ScheduleRun.objects.exists()


def test_a_sync_that_is_tried_again_keeps_its_run_waiting(
    schedule: Schedule, receiver: Receiver
) -> None:
    first, second = start(schedule)
    end(first)
    JobRun.objects.filter(pk=second).update(status=Status.RETRYING)
    assert work() == []
    end(second)
    assert work() == [Status.SUCCEEDED]


def test_a_run_started_by_hand_counts_and_one_without_customers_does_not(
    schedule: Schedule, receiver: Receiver
) -> None:
    for job in service.run_now(schedule, "ada").jobs:
        end(job.id)
    assert work() == [Status.SUCCEEDED]
    Customer.objects.update(is_active=False)
    service.run_now(schedule, "ada")
    assert work() == [Status.SUCCEEDED]
    assert len(receiver.requests) == 1


def test_slots_that_join_the_same_waiting_jobs_are_one_run(
    schedule: Schedule, receiver: Receiver
) -> None:
    start(schedule)
    for job in start(schedule):
        end(job)
    assert work() == [Status.SUCCEEDED]
    assert len(receiver.requests) == 1


def test_a_schedule_without_a_url_remembers_no_run(schedule: Schedule, receiver: Receiver) -> None:
    schedule.heartbeat_url = None
    service.save_schedule(schedule)
    assert run_well(schedule) == []
    assert not ScheduleRun.objects.exists()
    assert shown(schedule) is None


def test_a_url_that_is_removed_before_the_run_is_over_is_not_called(
    schedule: Schedule, receiver: Receiver
) -> None:
    jobs = start(schedule)
    schedule.heartbeat_url = None
    service.save_schedule(schedule)
    for job in jobs:
        end(job)
    assert work() == [Status.SUCCEEDED]
    assert receiver.requests == []


def test_a_receiver_that_fails_is_called_again_a_few_times(
    schedule: Schedule, receiver: Receiver
) -> None:
    receiver.statuses += [500, 503, 429]
    assert run_well(schedule) == [Status.SUCCEEDED]
    assert len(receiver.requests) == 4
    assert shown(schedule)["error"] is None


def test_a_call_that_fails_for_good_is_shown_at_the_schedule_and_fails_no_job(
    schedule: Schedule, receiver: Receiver
) -> None:
    receiver.statuses += [500] * 9
    assert run_well(schedule) == [Status.COMPLETED_WITH_ERRORS]
    assert len(receiver.requests) == 4
    assert shown(schedule)["error"] == "127.0.0.1 answered HTTP 500"
    syncs = JobRun.objects.filter(kind="sync")
    assert set(syncs.values_list("status", flat=True)) == {Status.SUCCEEDED}
    receiver.statuses.clear()
    run_well(schedule)
    assert shown(schedule)["error"] is None


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, "127.0.0.1 redirects (HTTP 302), and redirects are not followed"),
        (404, "127.0.0.1 refused the request: HTTP 404"),
        (410, "127.0.0.1 refused the request: HTTP 410"),
    ],
)
def test_a_redirect_or_refusal_is_not_followed_and_not_tried_again(
    schedule: Schedule, receiver: Receiver, status: int, error: str
) -> None:
    receiver.statuses.append(status)
    assert run_well(schedule) == [Status.COMPLETED_WITH_ERRORS]
    assert len(receiver.requests) == 1
    assert shown(schedule)["error"] == error


def test_a_receiver_that_hangs_is_cut_off(
    schedule: Schedule, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "SECONDS", 0.3)
    receiver.drips = True
    assert run_well(schedule) == [Status.COMPLETED_WITH_ERRORS]
    assert shown(schedule)["error"].startswith("127.0.0.1 did not answer: ")


def test_an_address_that_is_no_longer_allowed_is_not_called(
    schedule: Schedule, receiver: Receiver, settings: Settings
) -> None:
    settings.ZWM_WEBHOOK_NETWORKS = []
    schedule.cron = "0 3 * * *"
    service.save_schedule(schedule)  # another change is possible
    assert run_well(schedule) == [Status.COMPLETED_WITH_ERRORS]
    assert receiver.requests == []
    assert "private, loopback or link-local" in shown(schedule)["error"]


@pytest.mark.parametrize("url", ["https://10.0.0.1/", "http://example.com/", "ftp://x/", "x"])
def test_a_url_that_cannot_be_called_is_not_saved(
    schedule: Schedule, settings: Settings, url: str
) -> None:
    settings.ZWM_WEBHOOK_NETWORKS = []
    schedule.heartbeat_url = url
    with pytest.raises(UrlError):
        service.save_schedule(schedule)


def test_the_url_is_encrypted_and_neither_in_jobs_nor_in_the_audit_log(
    schedule: Schedule, receiver: Receiver
) -> None:
    receiver.statuses.append(404)
    run_well(schedule)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT jsonb_agg(to_jsonb(one)) FROM schedules AS one)::text,"
            " (SELECT jsonb_agg(to_jsonb(one)) FROM job_manager AS one)::text,"
            " (SELECT jsonb_agg(to_jsonb(one)) FROM job_attempts AS one)::text,"
            " (SELECT jsonb_agg(to_jsonb(one)) FROM audit_events AS one)::text"
        )
        for text in cursor.fetchone():
            assert SECRET not in text
    schedule.heartbeat_url = receiver.url + "x"
    service.save_schedule(schedule)
    assert AuditEvent.objects.latest("pk").details == {"changed": ["heartbeat_url"]}


def test_a_url_that_cannot_be_decrypted_is_said_and_hinders_nothing_else(
    schedule: Schedule, receiver: Receiver
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE schedules SET heartbeat_url = 'broken'")
    schedule = Schedule.objects.get(pk=schedule.pk)
    schedule.name = "weekly"
    service.save_schedule(schedule)
    assert run_well(schedule) == [Status.COMPLETED_WITH_ERRORS]
    heartbeat = shown(schedule)
    assert heartbeat["host"] == ""
    assert "decrypt" in heartbeat["error"]


def test_a_new_url_has_not_failed_yet(schedule: Schedule, receiver: Receiver) -> None:
    receiver.statuses.append(404)
    run_well(schedule)
    assert shown(schedule)["error"]
    schedule = Schedule.objects.get(pk=schedule.pk)
    schedule.heartbeat_url = receiver.url
    service.save_schedule(schedule)
    assert shown(schedule) == {"host": "127.0.0.1", "last_sent_at": None, "error": None}
