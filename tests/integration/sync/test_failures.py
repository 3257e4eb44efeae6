"""Promise 3: a failed answer never removes or overwrites anything; promise 5: errors by name."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection
from pytest_django import Settings

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.references.exports import IndexedExport
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.zuora.errors import (
    BaseUrlRefusedError,
    InvalidCredentialsError,
    MissingPermissionError,
    RateLimitedError,
    TryAgainError,
)

from .conftest import Mirror

BAD_EXPORTS: list[tuple[str, dict[str, Any]]] = [
    ("server_error", {}),
    ("gateway_timeout", {}),
    ("cut_body", {}),
    ("truncated_json", {}),
    ("html", {}),
    ("empty_body", {}),
    ("json_value", {"value": []}),
    ("json_value", {"value": {}}),
    ("success_false", {}),
    ("connection_dropped", {}),
    ("bad_gzip", {}),
    ("not_found", {}),
    ("forbidden", {}),
]


def everything() -> list[dict[str, Any]]:
    """All that a failed export may not touch."""
    kept = ("json_export", "export_hash", "export_fingerprint", "exported_at", "deleted_at")
    workflows = list(Workflow.objects.order_by("id").values("id", *kept))
    return workflows + list(Task.objects.order_by("id").values())


@pytest.mark.parametrize(("fault", "params"), BAD_EXPORTS)
def test_a_failed_export_keeps_the_last_good_one(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    fault: str,
    params: dict[str, Any],
) -> None:
    tenant.generate(3, tasks=2)
    service.sync_customer_workflows(customer)
    bad, before = min(tenant.definitions), everything()
    fake.fail(fault, on="export", workflow_id=bad, times=None, **params)

    stats = service.sync_customer_workflows(customer, full=True)

    kept = [row for row in everything() if row.get("id") in {row["id"] for row in before}]
    failed = Workflow.objects.get(zuora_id=str(bad))
    assert (stats["failed"], stats["unchanged"], stats["total"]) == (1, 2, 3)
    assert failed.export_error != ""
    for row, old in zip(kept, before, strict=True):
        if row.get("id") == failed.pk or "workflow_id" in row:
            assert row == old


@pytest.mark.parametrize(("fault", "params"), BAD_EXPORTS)
def test_the_next_sync_takes_a_failed_export_up_again(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
    fault: str,
    params: dict[str, Any],
) -> None:
    tenant.generate(3, tasks=2)
    bad = min(tenant.definitions)
    fake.fail(fault, on="export", workflow_id=bad, times=None, **params)
    assert service.sync_customer_workflows(customer)["failed"] == 1
    assert Workflow.objects.get(zuora_id=str(bad)).json_export is None
    fake.clear_faults()

    stats = service.sync_customer_workflows(customer)

    assert (stats["failed"], stats["exported"], stats["unchanged"]) == (0, 1, 2)
    assert_mirrored(customer, tenant)


@pytest.mark.parametrize(
    ("fault", "params"),
    [
        ("server_error", {}),
        ("gateway_timeout", {}),
        ("cut_body", {}),
        ("truncated_json", {}),
        ("html", {}),
        ("empty_body", {}),
        ("json_value", {}),
        ("success_false", {}),
        ("connection_dropped", {}),
        ("repeated_page", {}),
        ("empty_list", {}),
        ("short_list", {}),
    ],
)
def test_a_failed_list_ends_the_sync_and_touches_nothing(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    fault: str,
    params: dict[str, Any],
) -> None:
    tenant.generate(60, tasks=1)
    service.sync_customer_workflows(customer)
    before = everything()
    fake.fail(fault, on="list", times=None, **params)

    with pytest.raises(Exception, match=r"Zuora|list"):
        service.sync_customer_workflows(customer)

    assert everything() == before


def test_one_transient_failure_of_each_request_is_not_even_noticed(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    tenant.generate(60, tasks=1)
    fake.fail("server_error", on="token")
    fake.fail("connection_dropped", on="list")
    fake.fail("html", on="list", after=1)
    for fault in ("cut_body", "gateway_timeout", "bad_gzip", "success_false"):
        fake.fail(fault, on="export")

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (60, 0)
    assert stats["requests"] == len(fake.requests)
    assert_mirrored(customer, tenant)


def test_bad_credentials_end_the_sync_at_once_and_mark_the_customer(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora
) -> None:
    fake.fail("bad_credentials", on="token", times=None)

    with pytest.raises(InvalidCredentialsError):
        service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    assert "Invalid credentials" in customer.needs_attention
    assert fake.requests.counts() == {"token": 1}


def test_a_good_sync_takes_the_mark_away_again(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    Customer.objects.update(needs_attention="Invalid credentials")
    customer.refresh_from_db()

    service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    assert customer.needs_attention == ""


def test_a_role_that_lists_but_does_not_export_is_a_missing_permission(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(200, tasks=1)
    tenant.options.view_only = True

    with pytest.raises(MissingPermissionError):
        service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    assert "permission" in customer.needs_attention
    assert len(fake.requests.of("export")) <= 100  # two pages: nothing is looked at before


def test_a_small_tenant_without_the_permission_is_told_what_is_missing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(2, tasks=1)
    tenant.options.view_only = True

    with pytest.raises(MissingPermissionError, match="Workflow View Access"):
        service.sync_customer_workflows(customer)

    assert set(Workflow.objects.values_list("name", flat=True)) == {
        tenant.row(key)["name"] for key in tenant.definitions
    }


def test_a_zuora_that_breaks_down_is_not_asked_for_every_workflow(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(200, tasks=1)
    fake.fail("server_error", on="export", times=None, after=10)

    with pytest.raises(TryAgainError):
        service.sync_customer_workflows(customer)

    assert Workflow.objects.filter(json_export__isnull=False).count() == 10
    assert len({request.workflow_id for request in fake.requests.of("export")}) < 200


def test_a_rate_limit_that_outlasts_our_patience_ends_the_sync(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(10, tasks=1)
    fake.fail("rate_limited", on="export", times=None, after=4, reset=600)

    with pytest.raises(RateLimitedError) as raised:
        service.sync_customer_workflows(customer)

    assert raised.value.retry_after == 600
    assert Workflow.objects.filter(json_export__isnull=False).count() <= 4


def test_the_stats_of_a_failed_sync_tell_how_far_it_came(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(60, tasks=1)
    fake.fail("server_error", on="list", times=None, after=1)

    with pytest.raises(TryAgainError):
        service.sync_customer_workflows(customer)

    assert service.stats["requests"] > 0
    assert service.stats["created"] == Workflow.objects.count()


def test_a_list_row_without_an_id_is_counted_and_the_rest_goes_on(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(3, tasks=1)
    tenant.set_row(min(tenant.definitions), remove=["id"])

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (2, 1)


def test_an_expired_token_is_renewed_in_the_middle(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    tenant.generate(30, tasks=1)
    fake.fail("expired_token", on="export", after=7)

    assert service.sync_customer_workflows(customer)["failed"] == 0

    assert len(fake.requests.of("token")) == 2
    assert_mirrored(customer, tenant)


def test_a_bug_is_raised_as_it_is(customer: Customer, tenant: Tenant) -> None:
    tenant.add_workflow(tasks=1)

    def broken(*_args: object, **_options: object) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        WorkflowSyncService(client_opener=broken).sync_customer_workflows(customer)


def test_an_export_that_failed_is_asked_for_again_though_the_list_is_as_it_was(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)
    service.sync_customer_workflows(customer)
    bad = min(tenant.definitions)
    fake.fail("not_found", on="export", times=None, workflow_id=bad)
    service.sync_customer_workflows(customer, full=True)
    fake.clear_faults()

    stats = service.sync_customer_workflows(customer)

    assert (stats["exported"], stats["unchanged"], stats["failed"]) == (1, 3, 0)
    assert Workflow.objects.get(zuora_id=str(bad)).export_error == ""


def test_a_failed_export_keeps_the_warnings_and_the_moment_of_the_last_good_one(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    definition = tenant.add_workflow(tasks=1)
    tenant.set_export(definition.id, {"workflow": {"id": 1}, "linkages": []})
    service.sync_customer_workflows(customer)
    kept = ("oddities", "exported_at", "export_hash", "export_fingerprint")
    before = Workflow.objects.values(*kept).get()
    fake.fail("not_found", on="export", times=None)

    service.sync_customer_workflows(customer, full=True)

    assert Workflow.objects.values(*kept).get() == before
    assert before["oddities"] == [{"code": "no_list", "facts": {"key": "tasks"}}]


def test_a_tombstone_that_comes_back_and_cannot_be_exported_is_alive_and_an_error(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    definition = tenant.add_workflow(tasks=2)
    service.sync_customer_workflows(customer)
    tenant.delete(definition.id)
    service.sync_customer_workflows(customer)
    tenant.restore(definition.id)
    fake.fail("not_found", on="export", times=None)

    stats = service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert (stats["failed"], stats["total"]) == (1, 1)
    assert (workflow.deleted_at, workflow.tasks.count()) == (None, 2)


def test_an_export_that_refuses_the_credentials_ends_the_sync(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)
    fake.fail("unauthorized", on="export", times=None)

    with pytest.raises(InvalidCredentialsError):
        service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    assert "Invalid credentials" in customer.needs_attention


def test_a_zuora_in_trouble_is_nothing_that_the_customer_must_attend_to(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora
) -> None:
    fake.fail("server_error", on="list", times=None)

    with pytest.raises(TryAgainError):
        service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    assert customer.needs_attention == ""


def test_a_base_url_that_is_not_allowed_needs_attention(
    service: WorkflowSyncService, customer: Customer, settings: Settings
) -> None:
    settings.ZWM_ZUORA_ALLOW_LOCAL = False

    with pytest.raises(BaseUrlRefusedError) as raised:
        service.sync_customer_workflows(customer)

    customer.refresh_from_db()
    assert customer.needs_attention == str(raised.value)


def test_a_secret_that_cannot_be_opened_needs_attention(
    service: WorkflowSyncService, customer: Customer, settings: Settings
) -> None:
    settings.ZWM_ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    customer = Customer.objects.get()

    with pytest.raises(DecryptionError):
        service.sync_customer_workflows(customer)

    assert "ZWM_ENCRYPTION_KEYS" in Customer.objects.get().needs_attention


def test_what_arrived_before_the_end_is_stored(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(10, tasks=1)
    fake.fail("rate_limited", on="export", times=None, after=9, reset=600)
    fake.fail("slow", on="export", times=None, seconds=0.3)

    with pytest.raises(RateLimitedError):
        service.sync_customer_workflows(customer)

    assert service.stats["exported"] == service.stats["created"] == Workflow.objects.count() > 0


def test_a_batch_that_breaks_off_leaves_nothing_behind_and_is_not_counted(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(3, tasks=2)

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT INTO tasks" in sql:
            raise ZeroDivisionError
        return execute(sql, *rest)

    with connection.execute_wrapper(fail), pytest.raises(ZeroDivisionError):
        service.sync_customer_workflows(customer)

    assert (service.stats["created"], service.stats["total"]) == (0, 0)
    assert Workflow.objects.count() == WorkflowExport.objects.count() == 0


def test_a_bug_in_a_download_ends_the_sync_as_it_is(customer: Customer, tenant: Tenant) -> None:
    tenant.generate(2, tasks=1)

    class Broken(WorkflowSyncService):
        def download_workflow_json(self, *_args: Any) -> IndexedExport:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Broken().sync_customer_workflows(customer)

    assert Workflow.objects.count() == 0


def test_a_broken_rule_of_the_database_is_no_removed_customer(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT INTO tasks" in sql:
            raise IntegrityError
        return execute(sql, *rest)

    with connection.execute_wrapper(fail), pytest.raises(IntegrityError):
        service.sync_customer_workflows(customer)


def test_one_workflow_that_is_always_refused_does_not_fail_every_sync(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(5, tasks=1)
    fake.fail("forbidden", on="export", workflow_id=min(tenant.definitions), times=None)
    service.sync_customer_workflows(customer)

    stats = service.sync_customer_workflows(customer)

    assert (stats["failed"], stats["unchanged"]) == (1, 4)
    customer.refresh_from_db()
    assert customer.needs_attention == ""
