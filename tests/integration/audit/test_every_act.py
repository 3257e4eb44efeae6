"""Every public function that changes accounts, customers, rules, schedules or jobs is audited.

A new function of these modules fails the first test until it is in one of the tables.
"""

import inspect
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from tests.sync_jobs import sync_job
from workflow_mirror import first_admin
from workflow_mirror.access import accounts, log_in_links, provider_groups
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.compare import agreements
from workflow_mirror.customers import access, key_rotation, registry
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Server, Tenant
from workflow_mirror.identity_provider import Rights
from workflow_mirror.jobs import control
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.notifications import resending, rules
from workflow_mirror.notifications.models import NotificationDelivery, NotificationRule
from workflow_mirror.schedules import service
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.sync import direct, first_sync, requests
from workflow_mirror.workflows.models import Workflow

pytestmark = pytest.mark.usefixtures("transactional_db")

World = SimpleNamespace
PASSWORD = "a long password of the tests"


def job(world: World, status: str) -> int:
    now = timezone.now()
    times = {"queued_at": now, "due_at": now + timedelta(hours=1)}
    columns = sync_job(world.customer) | {"status": status, "requested_by": "test"} | times
    JobRun.objects.all().delete()
    return JobRun.objects.create(**columns).pk


def schedule(world: World) -> Schedule:
    made = Schedule(name="nightly", is_enabled=True)
    service.save_schedule(made)
    return made


def rule(world: World) -> NotificationRule:
    return NotificationRule.objects.create(
        owner=world.user, name="r", events=["deleted"], mail_to="a@example.com"
    )


def delivery(world: World) -> NotificationDelivery:
    return NotificationDelivery.objects.create(
        rule=rule(world), due_at=timezone.now(), state="failed"
    )


def comparison(world: World) -> Any:
    return agreements.add_rule(
        EVERYTHING, source=world.customer.pk, target=world.other.pk, kind="host",
        source_text="a.example.com", target_text="b.example.com", by="ada",
    )  # fmt: skip


def link(world: World) -> Any:
    one, two = (
        Workflow.objects.create(customer=of, zuora_id="1") for of in (world.customer, world.other)
    )
    return agreements.link(EVERYTHING, one, two, "ada")


def new_customer(world: World) -> Customer:
    copied = ("zuora_base_url", "zuora_client_id", "zuora_client_secret")
    return Customer(name="New", **{name: getattr(world.customer, name) for name in copied})


def rename(world: World) -> Customer:
    world.customer.name = "Renamed"
    return world.customer  # type: ignore[no-any-return]  # of a namespace


def due(world: World) -> None:
    schedule(world)
    Schedule.objects.update(next_run_at=timezone.now())


def second_factor(world: World) -> User:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(user=world.user, type=Authenticator.Type.TOTP, data={})
    return world.user  # type: ignore[no-any-return]  # of a namespace


def no_user(world: World) -> None:
    User.objects.all().delete()


def cancelled_batch(world: World) -> int:
    batch = requests.request_syncs([world.customer, world.other], requested_by="ada").batch
    assert batch
    return batch


# What is done before, and the act on what that has made.
type Act = tuple[Callable[[World], Any], Callable[[Any], object]]
itself: Callable[[World], Any] = lambda world: world  # noqa: E731 - shorter in the table

ACTS: dict[Any, dict[str, Act]] = {
    accounts: {
        "add_user": (itself, lambda _: accounts.add_user("una", password=PASSWORD)),
        "set_password": (lambda w: w.user, lambda u: accounts.set_password(u, PASSWORD)),
        "set_active": (lambda w: w.user, lambda u: accounts.set_active(u, is_active=False)),
        "remove_second_factor": (second_factor, accounts.remove_second_factor),
    },
    log_in_links: {
        "make_link": (lambda w: w.user, lambda u: log_in_links.make_link(u, "https://x")),
    },
    provider_groups: {
        "apply_rights": (
            lambda w: w.user,
            lambda u: provider_groups.apply_rights(u, Rights(frozenset(["Viewers"]), None)),
        ),
    },
    first_admin: {
        "ensure_first_admin": (no_user, lambda _: first_admin.ensure_first_admin()),
        "renew_admin": (no_user, lambda _: first_admin.renew_admin()),
    },
    registry: {
        "save_customer": (rename, registry.save_customer),
        "store": (rename, registry.store),
        "remove": (lambda w: w.customer, registry.remove),
    },
    access: {"check_credentials": (lambda w: w.customer, access.check_credentials)},
    key_rotation: {
        "rotate": (itself, lambda _: key_rotation.rotate()),
        "remove_old_keys": (
            lambda _: key_rotation.rotate(),
            lambda _: key_rotation.remove_old_keys(),
        ),
    },
    service: {
        "save_schedule": (itself, lambda _: service.save_schedule(Schedule(name="new"))),
        "record_change": (schedule, lambda s: service.record_change(s, ["cron"])),
        "remove": (schedule, service.remove),
        "switch": (schedule, lambda s: service.switch(s, on=False)),
        "run_due": (due, lambda _: service.run_due()),
        "run_now": (schedule, lambda s: service.run_now(s, "ada")),
    },
    rules: {
        "save_rule": (rule, lambda r: rules.save_rule(r, "customers")),
        "switch": (rule, lambda r: rules.switch(r, on=False)),
        "remove": (rule, rules.remove),
        "send_test": (rule, rules.send_test),
    },
    resending: {"resend": (delivery, resending.resend)},
    agreements: {
        "add_rule": (itself, comparison),
        "remove_rule": (comparison, agreements.remove_rule),
        "link": (itself, link),
        "unlink": (link, agreements.unlink),
        "set_template": (
            itself,
            lambda w: agreements.set_template(EVERYTHING, w.customer.pk, w.other.pk),
        ),
    },
    control: {
        "cancel": (lambda w: job(w, "waiting"), control.cancel),
        "cancel_batch": (cancelled_batch, control.cancel_batch),
        "retry": (lambda w: job(w, "failed"), control.retry),
        "retry_all": (lambda w: job(w, "failed"), lambda _: control.retry_all()),
        "forget": (lambda w: job(w, "failed"), control.forget),
        "flush": (itself, lambda _: control.flush()),
        "clear": (itself, lambda _: control.clear()),
    },
    requests: {
        "request_syncs": (
            itself,
            lambda w: requests.request_syncs([w.customer], requested_by="ada"),
        ),
        "request_retry_of_exports": (
            itself,
            lambda w: requests.request_retry_of_exports(w.customer, requested_by="ada"),
        ),
        "record_request": (
            itself,
            lambda w: requests.record_request([w.customer], requests.Options()),
        ),
    },
    first_sync: {
        "add_customer": (
            new_customer,
            lambda customer: first_sync.add_customer(customer, requested_by="ada"),
        ),
        "first_sync": (
            lambda w: w.customer,
            lambda customer: first_sync.first_sync(
                customer, access.try_credentials(customer), requested_by="ada"
            ),
        ),
    },
    direct: {
        "sync_now": (lambda w: w.customer, lambda c: direct.sync_now([c], requested_by="ada")),
    },
}  # fmt: skip
# They change nothing, or only within an act that is audited.
OTHERS: dict[Any, set[str]] = {
    # A code is used up within a log-in.
    accounts: {"accounts", "describe", "find_user", "find_groups", "usernames_like", "hold_users",
               "has_second_factor", "use_up_code"},
    registry: {"examine", "belongings", "describe"},
    # What a sync finds out about credentials is no act of a user.
    access: {"open_client", "try_credentials", "remember_attention", "note_attention"},
    key_rotation: {"fingerprint", "list_keys"},
    service: {"examine", "scope", "list_schedules", "describe"},
    rules: {"examine"},
    agreements: {"rules_in", "links_in", "templates_in", "compared_before", "of_pair"},
    control: {"for_each", "failed_ids"},
}  # fmt: skip


@pytest.fixture
def world(customer: Customer, tenant: Tenant, server: Server) -> World:
    tenant.generate(1, tasks=1)
    other = Customer.objects.create(
        name="Other",
        zuora_base_url=server.base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )
    user = User.objects.create_user("ada", password=PASSWORD)
    return World(customer=Customer.objects.get(pk=customer.pk), other=other, user=user)


@pytest.mark.parametrize("module", ACTS, ids=lambda module: module.__name__)
def test_every_public_function_is_an_audited_act_or_changes_nothing(module: Any) -> None:
    found = {
        name
        for name, function in inspect.getmembers(import_module(module.__name__), inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    assert found == {*ACTS[module], *OTHERS.get(module, ())}


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module, acts in ACTS.items() for name in acts],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_every_act_is_in_the_audit_log(
    world: World, settings: Settings, tmp_path: Any, module: Any, name: str
) -> None:
    if module is key_rotation:
        settings.ZWM_KEYS_IN_HOME = tmp_path / "encryption_keys"
        settings.ZWM_KEYS_IN_HOME.write_text("\n".join(settings.ZWM_ENCRYPTION_KEYS))
        settings.ZWM_KEYS_IN_HOME.chmod(0o600)
    prepare, act = ACTS[module][name]
    made = prepare(world)
    before = AuditEvent.objects.count()
    act(made)
    assert AuditEvent.objects.count() > before
