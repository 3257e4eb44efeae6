"""The audit log: rows are only added, in the transaction of the act, and name who acted."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction

from workflow_mirror.access.audit_log import events_in, list_events
from workflow_mirror.access.groups import VIEWERS, make_groups
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.actors import Actor, acting
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.audit.record import MOST_NAMES, names, record
from workflow_mirror.customers import registry
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs import control
from workflow_mirror.jobs.errors import JobError
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.schedules import service
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.sync.first_sync import add_customer
from workflow_mirror.sync.requests import Options, request_syncs

pytestmark = pytest.mark.django_db


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def last() -> AuditEvent:
    return AuditEvent.objects.latest("pk")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET actor = 'nobody'",
        "DELETE FROM audit_events",
        "DELETE FROM audit_events WHERE false",
        "TRUNCATE audit_events",
    ],
)
def test_the_database_refuses_to_change_or_delete_events(statement: str) -> None:
    record(Action.CUSTOMER_ADDED, "Rossi")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert last().target == "Rossi"


def test_an_event_that_is_in_the_log_cannot_be_saved_again() -> None:
    record(Action.CUSTOMER_ADDED, "Rossi")
    event = last()
    event.target = "Bianchi"
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()


def test_the_migration_is_not_undone_while_there_are_events() -> None:
    migration = import_module("workflow_mirror.audit.migrations.0001_audit_log")
    migration.refuse(apps, None)
    record(Action.CUSTOMER_ADDED, "Rossi")
    with pytest.raises(CommandError, match="1 events"):
        migration.refuse(apps, None)


def test_an_event_is_that_of_the_innermost_actor() -> None:
    with acting(Actor("ada", "198.51.100.7")):
        with acting(Actor(lambda: "cli:root")):
            record(Action.QUEUE_CLEARED)
        record(Action.QUEUE_CLEARED)
    record(Action.QUEUE_CLEARED)
    found = AuditEvent.objects.order_by("pk").values_list("actor", "address")
    assert list(found) == [("cli:root", ""), ("ada", "198.51.100.7"), ("zwm:system", "")]


def test_an_act_that_is_rolled_back_leaves_no_event(customer: Customer) -> None:
    with transaction.atomic():
        request_syncs([customer], requested_by="ada")
        assert actions() == [Action.SYNC_REQUESTED]
        transaction.set_rollback(True)
    assert actions() == []


def test_what_cannot_be_recorded_is_not_done(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise DatabaseError

    monkeypatch.setattr("workflow_mirror.customers.registry.record", fails)
    customer.environment = "changed"
    with pytest.raises(DatabaseError):
        registry.store(customer)
    customer.refresh_from_db()
    assert customer.environment != "changed"


def test_customers_are_recorded_without_their_secret(customer: Customer, tenant: Tenant) -> None:
    added = Customer(
        name="Verdi",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )
    add_customer(added, requested_by="ada")
    assert actions() == [Action.CUSTOMER_ADDED, Action.SYNC_REQUESTED]
    added.zuora_client_secret = "wrong"
    with pytest.raises(CustomerError):
        registry.save_customer(added)
    refused = last()
    assert (refused.action, refused.outcome) == (Action.CUSTOMER_CHANGED, Outcome.REFUSED)
    assert refused.details == {"changed": ["zuora_client_secret"]}
    added.refresh_from_db()
    added.name = "Verdi S.p.A."
    registry.save_customer(added)
    assert last().details == {"changed": ["name"]}
    registry.save_customer(added)  # nothing changed
    registry.remove(added)
    assert actions()[2:] == [
        Action.CUSTOMER_CHANGED, Action.CUSTOMER_CHANGED, Action.CUSTOMER_REMOVED,
    ]  # fmt: skip
    everything = str(list(AuditEvent.objects.values()))
    assert tenant.client_secret not in everything
    assert "wrong" not in everything


def test_a_sync_of_many_is_one_event_with_its_options(
    make_customers: Callable[[int], list[Customer]],
) -> None:
    request_syncs(make_customers(30), requested_by="ada", options=Options(full=True))
    event = last()
    assert event.customer_id is None
    assert event.details == {"number": 30, "full": True}
    assert "Cliente 000" in event.target
    assert event.target.endswith(f"(+{30 - MOST_NAMES})")


def test_jobs_are_recorded(customer: Customer) -> None:
    [job] = request_syncs([customer], requested_by="ada").jobs
    control.cancel(job.id)
    control.retry(job.id)
    control.clear()
    control.forget(job.id)
    control.flush()
    with pytest.raises(JobError):
        control.cancel(job.id)
    assert actions() == [
        Action.SYNC_REQUESTED, Action.JOB_CANCELLED, Action.JOB_RETRIED, Action.QUEUE_CLEARED,
        Action.JOB_DELETED, Action.FAILED_JOBS_DELETED,
    ]  # fmt: skip
    assert {one.customer_id for one in AuditEvent.objects.filter(action__startswith="job")} == {
        customer.pk
    }
    assert not JobRun.objects.exists()


def test_schedules_are_recorded_and_their_slots_are_theirs(customer: Customer) -> None:
    schedule = Schedule(name="nightly", is_enabled=True, cron="0 4 * * *")
    service.save_schedule(schedule, [])
    schedule.cron = "0 5 * * *"
    service.save_schedule(schedule)
    service.switch(schedule, on=False)
    service.switch(schedule, on=True)
    Schedule.objects.update(next_run_at="2026-01-01T00:00Z")
    service.run_due()
    assert last().actor == "schedule nightly"
    service.remove(schedule)
    assert actions() == [
        Action.SCHEDULE_ADDED, Action.SCHEDULE_CHANGED, Action.SCHEDULE_DISABLED,
        Action.SCHEDULE_ENABLED, Action.SYNC_REQUESTED, Action.SCHEDULE_REMOVED,
    ]  # fmt: skip


def test_users_groups_and_customers_of_users_are_recorded(customer: Customer) -> None:
    user = User.objects.create_user("una", password="her own password")
    start = last().pk
    user.set_password("another password")
    user.save()
    user.save(update_fields=["last_login"])
    user.groups.add(Group.objects.get(name=VIEWERS))
    access = UserAccess.objects.create(user=user)
    access.customers.set([customer])
    access.all_customers = True
    access.save()
    Group.objects.create(name="Auditors").user_set.add(user)
    user.delete()
    found = [
        (one.action, one.target, one.details)
        for one in AuditEvent.objects.filter(pk__gt=start).order_by("pk")
    ]
    assert found == [
        (Action.USER_CHANGED, "una", {"changed": ["password"]}),
        (Action.USER_CHANGED, "una", {"changed": ["groups"], "added": VIEWERS}),
        (Action.USER_CHANGED, "una", {"changed": ["customers"], "added": customer.name}),
        (Action.USER_CHANGED, "una", {"changed": ["all_customers"]}),
        (Action.GROUP_ADDED, "Auditors", {}),
        (Action.USER_CHANGED, "una", {"changed": ["groups"], "added": "Auditors"}),
        (Action.USER_REMOVED, "una", {}),
    ]


def test_the_groups_that_every_migration_puts_right_are_not_recorded() -> None:
    Group.objects.get(name=VIEWERS).permissions.clear()
    before = AuditEvent.objects.count()
    make_groups()
    assert Group.objects.get(name=VIEWERS).permissions.exists()
    assert AuditEvent.objects.count() == before


def test_a_limited_user_sees_no_events() -> None:
    record(Action.CUSTOMER_ADDED, "Rossi", customer_id=1)
    assert not events_in(Scope((1,))).exists()
    assert events_in(EVERYTHING).exists()


def test_events_are_listed_in_pages_newest_first() -> None:
    for number in range(5):
        record(Action.QUEUE_CLEARED, number=number)
    page: Any = list_events(EVERYTHING, limit=3, actions=[Action.QUEUE_CLEARED])
    rest: Any = list_events(EVERYTHING, limit=3, after=page["next"])
    numbers = [one["details"]["number"] for one in (*page["events"], *rest["events"])]
    assert numbers == [4, 3, 2, 1, 0]
    assert rest["next"] is None


def test_many_names_are_cut() -> None:
    assert names(["a", "b"]) == "a, b"
    assert names(map(str, range(MOST_NAMES + 2))).endswith("19, ... (+2)")
