"""A stale mirror and no worker: told once, and once more when they are over."""

import threading
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from tests.integration.jobs.conftest import other_worker
from tests.sync_jobs import sync_job
from workflow_mirror.access.groups import VIEWERS
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.notifications import conditions
from workflow_mirror.notifications.dispatching import dispatch, stand_in
from workflow_mirror.notifications.models import NotificationAlarm, NotificationDelivery
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.server.watch import Watch

from .conftest import Kind, Mailbox, MakeRule, change, make_customer, make_user, run


def texts(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]).partition("] ")[2] for mail in mailbox.mails]


def look() -> None:
    conditions.check()
    run()


def sync_at(customer: Customer, hours_ago: float) -> None:
    moment = timezone.now() - timedelta(hours=hours_ago)
    Customer.objects.filter(pk=customer.pk).update(created_at=moment - timedelta(days=9))
    JobRun.objects.create(
        **sync_job(customer), requested_by="x", status="succeeded", queued_at=moment,
        due_at=moment, finished_at=moment,
    )  # fmt: skip


def lose_worker() -> WorkerProcess:
    """A worker that died, while a schedule needs one."""
    Schedule.objects.create(
        name="hourly", is_enabled=True, next_run_at=timezone.now() + timedelta(hours=1)
    )
    return other_worker(silent_for=3600)


def test_a_stale_mirror_is_told_once_and_when_it_is_fresh_again(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule("stale", stale_hours=2)
    sync_at(rossi, 1)
    look()
    assert texts(mailbox) == []
    JobRun.objects.update(finished_at=timezone.now() - timedelta(hours=3))
    look()
    look()
    [text] = texts(mailbox)
    assert text.startswith("Rossi: No successful sync since ")
    sync_at(rossi, 0)
    look()
    look()
    assert texts(mailbox)[1:] == ["Rossi: Mirror up to date again"]


def test_each_rule_has_hours_and_customers_of_its_own(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    bianchi = make_customer("Bianchi")
    vera = make_user("vera", VIEWERS, only=[rossi])
    make_rule("stale", stale_hours=100)
    make_rule("stale", stale_hours=2, only=[bianchi], name="Of Bianchi")
    make_rule("stale", stale_hours=2, owner=vera, mail_to="vera@example.com")
    for customer in (rossi, bianchi):
        sync_at(customer, 3)
    look()
    to = [mail["To"] for mail in mailbox.mails]
    told = sorted((name, text[:8]) for name, text in zip(to, texts(mailbox), strict=True))
    assert told == [("ada@example.com", "Bianchi:"), ("vera@example.com", "Rossi: N")]


def test_a_customer_that_is_made_inactive_is_not_called_up_to_date(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule("stale", stale_hours=2)
    sync_at(rossi, 3)
    look()
    Customer.objects.update(is_active=False)
    look()
    assert len(mailbox.mails) == 1
    assert not NotificationAlarm.objects.exists()


def test_no_worker_is_noticed_and_told_without_a_worker(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule("no_worker", Kind.DEACTIVATED, only=[rossi])
    lost = lose_worker()
    change(rossi)
    stand_in()
    stand_in()
    [mail] = mailbox.mails
    body = mail.get_body(("plain",))
    assert body is not None
    assert "No worker is running: syncs and other jobs wait" in body.get_content()
    assert "Deactivated" in body.get_content()
    WorkerProcess.objects.filter(pk=lost.pk).update(heartbeat_at=timezone.now())
    look()
    assert texts(mailbox)[1:] == ["A worker is running again"]


def test_nobody_stands_in_while_a_worker_is_alive(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.DEACTIVATED)
    change(rossi)
    other_worker()
    stand_in()
    assert mailbox.mails == []
    dispatch()
    dispatch()
    [job] = JobRun.objects.all()
    wanted = {"delivery": NotificationDelivery.objects.get().pk}
    assert (job.kind, job.arguments) == ("notify", wanted)


def test_of_several_processes_that_look_one_acts(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule("stale", stale_hours=2)
    sync_at(rossi, 3)

    def check() -> None:
        conditions.check()
        connection.close()

    with transaction.atomic():
        conditions.check()
        other = threading.Thread(target=check)
        other.start()
        other.join(30)
        assert not other.is_alive()
    look()
    assert len(mailbox.mails) == 1


def test_the_web_process_watches_in_the_background(
    make_rule: MakeRule, mailbox: Mailbox, ada: User
) -> None:
    make_rule("no_worker")
    lose_worker()
    arrived = threading.Event()
    mailbox.before_answer = arrived.set
    with Watch(seconds=0.05):
        assert arrived.wait(30)
    assert texts(mailbox) == ["No worker is running: syncs and other jobs wait"]


def test_a_watch_that_fails_looks_again(
    make_rule: MakeRule, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_rule("no_worker")
    lose_worker()
    arrived, real, failures = threading.Event(), conditions.check, [ValueError("once")]
    mailbox.before_answer = arrived.set

    def fail_once() -> None:
        if failures:
            raise failures.pop()
        real()

    monkeypatch.setattr(conditions, "check", fail_once)
    with Watch(seconds=0.05):
        assert arrived.wait(30)
