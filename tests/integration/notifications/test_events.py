"""Which events a rule tells, to whom, and that each is told once."""

import threading

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from tests.sync_jobs import sync_job
from workflow_mirror.access.groups import VIEWERS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.access import remember_attention
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.notifications.events import CHANGES, EVENTS
from workflow_mirror.notifications.models import (
    NotificationDelivery,
    NotificationEvent,
    NotificationItem,
    NotificationRule,
)
from workflow_mirror.notifications.packing import pack_all
from workflow_mirror.notifications.rules import save_rule, switch
from workflow_mirror.notifications.sorting import sort_all, sort_some
from workflow_mirror.zuora.errors import AnswerFacts, InvalidCredentialsError

from .conftest import Kind, Mailbox, MakeRule, change, delivery, make_customer, make_user, run


def fail_job(customer: Customer | None, kind: str = "sync") -> None:
    now = timezone.now()
    columns = sync_job(customer) if customer else {"kind": kind, "name": kind, "unique_key": kind}
    job = JobRun.objects.create(
        **columns | {"kind": kind}, requested_by="x", status="running", queued_at=now, due_at=now
    )
    JobRun.objects.filter(pk=job.pk).update(status="failed", error="HTTP 500")


def texts(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]).partition("] ")[2] for mail in mailbox.mails]


def test_every_kind_of_change_can_be_told() -> None:
    assert {kind.value for kind in Kind} == CHANGES <= set(EVENTS)


def test_a_rule_tells_its_events_and_customers_only(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.DEACTIVATED, only=[rossi])
    change(rossi, Kind.ACTIVATED)
    change(make_customer("Bianchi"))
    assert run() == []
    change(rossi)
    assert run() == ["delivered"]
    assert run() == []
    assert texts(mailbox) == ["Rossi · Dunning: Deactivated"]


def test_a_failed_job_is_told_with_its_reason(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule("job_failed")
    fail_job(rossi)
    run()
    [text] = texts(mailbox)
    assert text.startswith("Rossi: Job ")
    assert text.endswith("(sync) failed: HTTP 500")


def test_a_failed_notification_is_no_event_of_its_own(
    make_rule: MakeRule, mailbox: Mailbox
) -> None:
    make_rule("job_failed")
    fail_job(None, "notify")
    assert run() == []
    fail_job(None, "prune")
    assert run() == ["delivered"]


def test_rejected_credentials_are_told_and_that_they_are_accepted_again(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule("attention")
    refused = InvalidCredentialsError(facts=AnswerFacts("token", 401, "invalid client"))
    remember_attention(rossi, refused)
    remember_attention(rossi, refused)
    run()
    remember_attention(rossi, None)
    remember_attention(rossi, None)
    run()
    first, second = texts(mailbox)
    assert first.startswith("Rossi: Credentials rejected: Invalid credentials")
    assert second == "Rossi: Credentials accepted again"


def test_while_no_rule_is_enabled_nothing_is_written(make_rule: MakeRule, rossi: Customer) -> None:
    make_rule(Kind.DEACTIVATED, is_enabled=False)
    change(rossi)
    assert not NotificationEvent.objects.exists()


def test_what_no_rule_tells_is_not_kept(make_rule: MakeRule, rossi: Customer) -> None:
    make_rule(Kind.DELETED)
    change(rossi)
    assert NotificationEvent.objects.count() == 1
    sort_all()
    assert not NotificationEvent.objects.exists()


def test_a_change_that_is_rolled_back_is_no_event(make_rule: MakeRule, rossi: Customer) -> None:
    make_rule(Kind.DEACTIVATED)
    with transaction.atomic():
        change(rossi)
        transaction.set_rollback(True)
    assert not NotificationEvent.objects.exists()


def test_a_change_that_commits_late_is_not_missed(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    """Its key is lower than that of an event that was told before: a cursor would skip it."""
    make_rule(Kind.DEACTIVATED)
    bianchi = make_customer("Bianchi")
    began, may_commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            change(bianchi)
            began.set()
            may_commit.wait(30)
        connection.close()

    thread = threading.Thread(target=slowly)
    thread.start()
    began.wait(30)
    change(rossi)
    assert run() == ["delivered"]
    may_commit.set()
    thread.join()
    assert run() == ["delivered"]
    assert texts(mailbox) == [f"{name} · Dunning: Deactivated" for name in ("Rossi", "Bianchi")]


def test_a_process_that_is_killed_while_it_sorts_changes_nothing(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    """Until it commits; two that sort at the same time take different events."""
    make_rule(Kind.DEACTIVATED)
    change(rossi)
    with transaction.atomic():
        assert sort_some() == 1
        other: list[int] = []

        def sort() -> None:
            other.append(sort_some())
            connection.close()

        thread = threading.Thread(target=sort)
        thread.start()
        thread.join()
        assert other == [0]
        transaction.set_rollback(True)
    sort_all()
    sort_all()
    assert NotificationItem.objects.count() == 1
    pack_all(timezone.now())
    pack_all(timezone.now())
    assert run() == ["delivered"]
    assert len(mailbox.mails) == 1


def test_each_rule_tells_an_event_once(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    make_rule(Kind.DEACTIVATED)
    make_rule(Kind.DEACTIVATED, Kind.DELETED, name="Another")
    change(rossi)
    assert run() == ["delivered", "delivered"]
    assert run() == []


# Who may know


@pytest.fixture
def vera(transactional_db: None) -> User:
    return make_user("vera", VIEWERS)


def limit(user: User, *customers: Customer) -> None:
    access = UserAccess.objects.get(user=user)
    UserAccess.objects.filter(pk=access.pk).update(all_customers=False)
    access.customers.set(customers)


def test_a_limited_owner_is_told_of_the_own_customers_only(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, vera: User
) -> None:
    limit(vera, rossi)
    rule = make_rule(Kind.DEACTIVATED, "job_failed", "attention", owner=vera)
    bianchi = make_customer("Bianchi")
    for customer in (bianchi, rossi):
        change(customer)
        fail_job(customer)
    fail_job(None)
    assert run() == ["delivered"]
    [mail] = mailbox.mails
    assert "Bianchi" not in mail.as_string()
    assert delivery().number == 2
    assert rule.items.count() == 2


def test_what_the_owner_may_see_counts_when_the_message_is_sent(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, vera: User
) -> None:
    make_rule(Kind.DEACTIVATED, owner=vera)
    change(rossi)
    sort_all()
    pack_all(timezone.now())
    limit(vera)
    assert run() == ["cancelled"]
    assert mailbox.mails == []


def test_an_inactive_owner_or_one_without_permission_gets_nothing(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, vera: User
) -> None:
    make_rule(Kind.DEACTIVATED, owner=vera)
    change(rossi)
    sort_all()
    pack_all(timezone.now())
    User.objects.filter(pk=vera.pk).update(is_active=False)
    change(rossi)
    assert run() == ["cancelled"]
    User.objects.filter(pk=vera.pk).update(is_active=True)
    vera.groups.clear()
    change(rossi)
    assert run() == []
    assert mailbox.mails == []


# On and off


def test_a_rule_that_is_turned_off_tells_nothing_of_before_and_meanwhile(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer
) -> None:
    rule = make_rule(Kind.DEACTIVATED)
    other = make_rule(Kind.DELETED, name="Another")
    mailbox.answers.append("451 later")
    change(rossi)
    assert run() == ["waiting"]
    change(rossi)
    sort_all()
    switch(rule, on=False)
    assert delivery().state == "cancelled"
    change(rossi)
    sort_all()
    switch(rule, on=True)
    assert run() == []
    change(rossi)
    assert run() == ["delivered"]
    assert other.items.count() == 0


def test_a_new_rule_is_not_told_what_waits_from_before(
    make_rule: MakeRule, mailbox: Mailbox, rossi: Customer, ada: User
) -> None:
    make_rule(Kind.DELETED)
    change(rossi)
    rule = NotificationRule(
        owner=ada, name="New", mail_to="ada@example.com", events=[Kind.DEACTIVATED.value]
    )
    save_rule(rule)
    assert run() == []
    assert NotificationDelivery.objects.count() == 0
    change(rossi)
    assert run() == ["delivered"]
