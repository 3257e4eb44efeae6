"""The change log: one entry for each change that a sync saw, in the sync's own transaction."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.history.models import WorkflowChange
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.direct import sync_now
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Workflow, WorkflowExport

Kind = WorkflowChange.Kind


def kinds() -> list[str]:
    return list(WorkflowChange.objects.order_by("pk").values_list("kind", flat=True))


def last() -> WorkflowChange:
    return WorkflowChange.objects.latest("pk")


def edit(tenant: Tenant, key: int, parameters: dict[str, str], *, touch: bool = True) -> None:
    tenant.edit_task(key, changes={"parameters": parameters}, touch=touch)


@pytest.fixture
def key(service: WorkflowSyncService, customer: Customer, tenant: Tenant) -> int:
    """A workflow that has been synced once, in the newer dialect."""
    tenant.options.dialect = "newer"
    key = tenant.add_workflow(tasks=3).id
    service.sync_customer_workflows(customer)
    return key


def test_a_new_workflow_is_logged_with_its_first_export(key: int) -> None:
    entry = WorkflowChange.objects.get()
    workflow = Workflow.objects.get()

    assert (entry.kind, entry.workflow, entry.workflow_zuora_id) == ("created", workflow, str(key))
    assert entry.export_after == WorkflowExport.objects.get()
    assert entry.export_before is None
    assert entry.seen_at == workflow.created_at


def test_an_unchanged_workflow_adds_nothing_even_where_it_is_exported_again(
    key: int, service: WorkflowSyncService, customer: Customer
) -> None:
    service.sync_customer_workflows(customer)
    service.sync_customer_workflows(customer, full=True)

    assert kinds() == ["created"]


def test_an_edit_is_logged_with_both_exports_and_who_made_it(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    first = Workflow.objects.get().export_hash
    edit(tenant, key, {"where_clause": "Status = 'Active'"})

    service.sync_customer_workflows(customer)

    entry = last()
    assert entry.kind == "content"
    assert entry.export_before is not None
    assert entry.export_before.content_hash == first
    assert entry.export_after is not None
    assert entry.export_after.content_hash == Workflow.objects.get().export_hash
    assert entry.changed_by == "billing@example.com"
    assert entry.changed_at == Workflow.objects.get().updated_on


def test_an_edit_of_which_the_list_says_nothing_names_nobody(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    edit(tenant, key, {"where_clause": "Status = 'Active'"}, touch=False)

    service.sync_customer_workflows(customer, full=True)

    assert (last().kind, last().changed_by, last().changed_at) == ("content", "", None)


def test_the_documented_dialect_tells_when_and_not_who(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.options.dialect = "documented"
    key = tenant.add_workflow(tasks=3).id
    service.sync_customer_workflows(customer)
    edit(tenant, key, {"where_clause": "Status = 'Active'"})

    service.sync_customer_workflows(customer)

    assert (last().kind, last().changed_by) == ("content", "")
    assert last().changed_at == Workflow.objects.get().updated_on


def test_a_content_that_comes_back_is_a_third_entry(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    first = tenant.export(key)
    tenant.set_export(key, {**first, "notifications": {"a": "b"}})
    service.sync_customer_workflows(customer, full=True)
    tenant.set_export(key, first)
    service.sync_customer_workflows(customer, full=True)

    entries = WorkflowChange.objects.order_by("pk")
    contents = [entry.export_after_id for entry in entries]
    assert kinds() == ["created", "content", "content"]
    assert contents[0] == contents[2] != contents[1]
    assert WorkflowExport.objects.count() == 2


def test_names_settings_and_activations_are_entries_with_before_and_after(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    before = Workflow.objects.get()
    tenant.rename(key, "Dunning")
    tenant.set_row(key, {"timezone": "Rome", "scheduledTrigger": True})
    tenant.set_status(key, "Inactive")

    service.sync_customer_workflows(customer)

    entries = {entry.kind: entry.fields for entry in WorkflowChange.objects.all()}
    assert entries["renamed"] == {"name": {"before": before.name, "after": "Dunning"}}
    assert entries["deactivated"]["state"] == {"before": "Active", "after": "Inactive"}
    assert entries["settings"]["timezone"] == {"before": before.timezone, "after": "Rome"}


def test_another_active_version_is_an_activation(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_version(key, number="0.0.2")

    service.sync_customer_workflows(customer)

    entry = WorkflowChange.objects.get(kind="activated")
    assert entry.fields["version"] == {"before": "0.0.1", "after": "0.0.2"}
    assert set(kinds()) == {"created", "content", "activated"}


def test_a_workflow_without_an_active_version_any_more_is_deactivated(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.deactivate(key)

    service.sync_customer_workflows(customer)

    assert "deactivated" in kinds()
    assert "activated" not in kinds()


def test_deleted_and_restored_workflows_are_logged(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.delete(key)
    service.sync_customer_workflows(customer)
    tenant.restore(key)
    service.sync_customer_workflows(customer)

    assert kinds() == ["created", "deleted", "restored"]


def test_a_failed_export_and_its_recovery_are_logged_once_each(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    fake.fail("not_found", on="export", tenant=tenant, times=None)
    service.sync_customer_workflows(customer, full=True)
    service.sync_customer_workflows(customer, full=True)
    fake.clear_faults()
    service.sync_customer_workflows(customer)

    assert kinds() == ["created", "export_failed", "export_recovered"]
    failed = WorkflowChange.objects.get(kind="export_failed")
    assert failed.fields["export_error"] == {
        "before": "",
        "after": Workflow.objects.get().export_error or failed.fields["export_error"]["after"],
    }


def test_a_sync_that_is_stored_twice_logs_once(
    key: int,
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The log is written with the change, or not at all."""
    tenant.rename(key, "Dunning")

    def broken(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("workflow_mirror.sync.store.write_changes", broken)
        with pytest.raises(RuntimeError):
            service.sync_customer_workflows(customer)
    assert Workflow.objects.get().name != "Dunning"

    service.sync_customer_workflows(customer)

    assert kinds() == ["created", "content", "renamed"]  # an export has the name, too


def test_the_entries_name_the_job_that_saw_the_change(customer: Customer, tenant: Tenant) -> None:
    tenant.add_workflow(tasks=1)

    sync_now([customer], requested_by="a test")

    assert last().job_run == JobRun.objects.get(kind="sync")


def test_the_number_of_statements_does_not_depend_on_the_number_of_changes(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    keys = [tenant.add_workflow(tasks=2).id for _ in range(20)]
    service.sync_customer_workflows(customer)

    def statements(changed: list[int]) -> int:
        for key in changed:
            edit(tenant, key, {"where_clause": f"Id = '{timezone.now()}'"})
            tenant.rename(key, f"renamed {timezone.now()}")
        with CaptureQueriesContext(connection) as captured:
            service.sync_customer_workflows(customer)
        return sum("workflow_changes" in query["sql"] for query in captured)

    assert statements(keys[:1]) == 1
    assert statements(keys) <= 2  # by the time in which the downloads end, in two batches


# Drafts


def test_a_draft_is_mirrored_beside_the_active_version(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    active = Workflow.objects.get().json_export
    tenant.add_version(key, activate=False, number="0.0.2")

    service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    draft = WorkflowExport.objects.get(content_hash=workflow.draft_hash)
    assert (workflow.version, workflow.draft_version) == ("0.0.1", "0.0.2")
    assert workflow.json_export == active
    assert draft.document == tenant.export(key, "0.0.2")
    assert (last().kind, last().export_before, last().export_after) == ("draft", None, draft)


def test_a_changed_draft_is_an_entry_and_an_activated_one_an_activation(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_version(key, activate=False, number="0.0.2")
    service.sync_customer_workflows(customer)
    tenant.activate(key, "0.0.2")
    service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert (workflow.version, workflow.draft_version, workflow.draft_hash) == ("0.0.2", "", "")
    assert kinds()[:2] == ["created", "draft"]
    assert sorted(kinds()[2:]) == ["activated", "content"]


def test_older_inactive_versions_are_no_drafts(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_version(key, number="0.0.10")
    tenant.add_version(key, activate=False, number="0.0.11")
    tenant.activate(key, "0.0.11")
    service.sync_customer_workflows(customer)

    assert Workflow.objects.get().draft_version == ""
    assert "draft" not in kinds()


def test_a_draft_that_cannot_be_read_is_requested_again_and_hides_nothing(
    key: int, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_version(key, number="0.0.2")
    tenant.add_version(key, activate=False, number="0.0.3")
    draft = tenant.export(key, "0.0.3")
    tenant.set_export(key, b"[]", version="0.0.3")

    stats = service.sync_customer_workflows(customer)

    workflow = Workflow.objects.get()
    assert (stats["failed"], workflow.version, workflow.draft_version) == (0, "0.0.2", "0.0.3")
    assert workflow.draft_hash == ""
    tenant.set_export(key, draft, version="0.0.3")
    service.sync_customer_workflows(customer)
    assert Workflow.objects.get().draft_hash


# A mirror that exists already


@pytest.fixture
def all_migrated_again(transactional_db: None) -> Any:
    yield
    call_command("migrate", verbosity=0)


def test_an_existing_mirror_gets_its_log_from_its_exports_and_can_go_back(
    key: int,
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    all_migrated_again: None,
) -> None:
    edit(tenant, key, {"where_clause": "Status = 'Active'"})
    service.sync_customer_workflows(customer)
    tenant.delete(key)
    service.sync_customer_workflows(customer)
    seen = timezone.now() - timedelta(days=3)
    first, second = WorkflowExport.objects.order_by("pk")
    WorkflowExport.objects.filter(pk=first.pk).update(first_seen_at=seen)

    MigrationExecutor(connection).migrate([("history", None)])
    call_command("migrate", verbosity=0)

    entries = list(WorkflowChange.objects.order_by("pk"))
    assert [(entry.kind, entry.export_before, entry.export_after) for entry in entries] == [
        ("created", None, first),
        ("content", first, second),
        ("deleted", None, None),
    ]
    assert [entry.seen_at for entry in entries] == [
        seen,
        second.first_seen_at,
        Workflow.objects.get().deleted_at,
    ]
