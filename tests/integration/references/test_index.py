"""The index of references follows the exports: stored with them, replaced, removed, rebuilt."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs import worker
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.references.extract import EXTRACTOR_VERSION, extract
from workflow_mirror.references.index_again import index_again, mark_stale, stale_workflows
from workflow_mirror.references.models import WorkflowReference, WorkflowReferenceState
from workflow_mirror.sync.direct import sync_now
from workflow_mirror.sync.reindex_requests import request_if_needed, request_reindex
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Task, Workflow

type Row = tuple[str | None, str, str, str, str]


def rows(workflow: Workflow) -> list[Row]:
    found = WorkflowReference.objects.filter(workflow=workflow, customer=workflow.customer_id)
    return sorted(
        found.values_list("task__zuora_id", "kind", "name", "path", "confidence"), key=str
    )


def extracted(workflow: Workflow) -> list[Row]:
    found = extract(workflow.json_export).references
    return sorted(
        ((one.task_zuora_id, one.kind, one.name, one.path, one.confidence) for one in found),
        key=str,
    )


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Callable[[], object]:
    """Work the queue until nothing is due."""
    # The threads of the jobs end with the work, and their connections must end with them.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    return partial(worker.work, concurrency=1, one_shot=True)


@pytest.fixture
def synced(customer: Customer, tenant: Tenant, service: WorkflowSyncService) -> list[Workflow]:
    for _ in range(3):
        tenant.add_workflow(tasks=8)
    service.sync_customer_workflows(customer)
    workflows = list(Workflow.objects.order_by("pk"))
    index_again(workflow.pk for workflow in workflows)
    return workflows


@pytest.fixture
def make(customer: Customer) -> Callable[..., Workflow]:
    """A workflow with these tasks, as a sync stores it."""

    def stored(*tasks: dict[str, Any], zuora_id: str = "1") -> Workflow:
        workflow, _ = Workflow.objects.get_or_create(customer=customer, zuora_id=zuora_id)
        workflow.json_export = {"workflow": {}, "tasks": list(tasks), "linkages": []}
        workflow.sync_tasks_from_json()
        index_again([workflow.pk])
        return workflow

    return stored


def task(id_: int, note: str) -> dict[str, Any]:
    return {"id": id_, "name": "A step", "action_type": "Delay", "notes": note, "parameters": {}}


def test_a_first_sync_leaves_the_references_to_a_job(
    customer: Customer, tenant: Tenant, work: Callable[[], object]
) -> None:
    workflow_key = tenant.add_workflow(tasks=8).id

    sync_now([customer], requested_by="a test")
    assert WorkflowReference.objects.count() == 0
    work()

    workflow = Workflow.objects.get(zuora_id=str(workflow_key))
    assert rows(workflow) == extracted(workflow)


def test_the_references_of_each_export_are_stored(synced: list[Workflow]) -> None:
    for workflow in synced:
        assert rows(workflow) == extracted(workflow)
        assert len(rows(workflow)) > 10
        state = WorkflowReferenceState.objects.get(workflow=workflow)
        assert (state.extractor_version, state.export_hash, state.unparsed) == (
            EXTRACTOR_VERSION,
            workflow.export_hash,
            extract(workflow.json_export).unparsed,
        )


def test_a_changed_export_replaces_what_has_changed_and_writes_nothing_else(
    synced: list[Workflow], customer: Customer, tenant: Tenant, service: WorkflowSyncService
) -> None:
    workflow = synced[0]
    before = dict(WorkflowReference.objects.values_list("pk", "path"))
    key = int(workflow.zuora_id)
    tenant.edit_task(
        key, workflow.json_export["tasks"][0]["id"], changes={"name": "See new.example.com"}
    )

    service.sync_customer_workflows(customer, full=True)

    workflow.refresh_from_db()
    assert rows(workflow) == extracted(workflow)
    kept = set(before) & set(WorkflowReference.objects.values_list("pk", flat=True))
    assert len(kept) > len(before) * 0.9


def test_an_unchanged_export_writes_no_reference(
    synced: list[Workflow], customer: Customer, service: WorkflowSyncService
) -> None:
    indexed = dict(WorkflowReferenceState.objects.values_list("pk", "indexed_at"))
    with CaptureQueriesContext(connection) as queries:
        service.sync_customer_workflows(customer, full=True)
    assert not [one for one in queries if "workflow_reference" in one["sql"]]
    assert dict(WorkflowReferenceState.objects.values_list("pk", "indexed_at")) == indexed


def test_the_number_of_statements_does_not_depend_on_the_workflows(
    make: Callable[..., Workflow],
) -> None:
    pks = [make(task(1, f"host{n}.example.com"), zuora_id=str(n)).pk for n in range(20)]
    counts = []
    for some in (pks[:2], pks):
        WorkflowReference.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            index_again(some)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert WorkflowReference.objects.count() == 20


def test_a_removed_task_takes_its_references_along(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "a.example.com"), task(2, "b.example.com"))
    make(task(2, "b.example.com"))
    assert [row[2] for row in rows(workflow)] == ["b.example.com"]


def test_a_task_that_anything_deletes_takes_its_references_along(
    make: Callable[..., Workflow],
) -> None:
    workflow = make(task(1, "a.example.com"), task(2, "b.example.com"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks WHERE zuora_id = '1'")
    assert [row[2] for row in rows(workflow)] == ["b.example.com"]
    Task.objects.all().delete()
    assert rows(workflow) == []


def test_a_deleted_customer_takes_everything_along(
    make: Callable[..., Workflow], customer: Customer
) -> None:
    make(task(1, "a.example.com"))
    customer.delete()
    assert not WorkflowReference.objects.exists()
    assert not WorkflowReferenceState.objects.exists()


def test_a_field_is_found_with_and_without_its_object(make: Callable[..., Workflow]) -> None:
    make(task(1, "{{ Data.Account.Region__c }} a.example.com"))
    field = WorkflowReference.objects.get(kind="field")
    assert (field.name, field.name_lower, field.field_lower) == (
        "Account.Region__c",
        "account.region__c",
        "region__c",
    )
    assert WorkflowReference.objects.get(kind="host").field_lower == ""


def explained(**condition: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        try:
            return WorkflowReference.objects.filter(**condition).explain()
        finally:
            cursor.execute("RESET enable_seqscan")


def test_searches_have_an_index(transactional_db: None) -> None:
    assert "workflow_references_name" in explained(kind="host", name_lower__startswith="erp.")
    assert "workflow_references_field" in explained(kind="field", field_lower="region__c")


def test_what_is_missing_older_or_of_another_export_is_stale(
    make: Callable[..., Workflow],
) -> None:
    workflow = make(task(1, "a.example.com"))
    assert not stale_workflows().exists()
    states = WorkflowReferenceState.objects.all()

    states.update(extractor_version=EXTRACTOR_VERSION - 1)
    assert stale_workflows().get() == workflow
    states.update(extractor_version=EXTRACTOR_VERSION + 1)
    assert not stale_workflows().exists()

    workflow.json_export["tasks"] = [task(1, "b.example.com")]
    workflow.sync_tasks_from_json()
    assert stale_workflows().get() == workflow
    states.delete()
    assert stale_workflows().get() == workflow
    Workflow.objects.update(json_export=None)
    assert not stale_workflows().exists()


def test_a_worker_indexes_what_is_stale(
    make: Callable[..., Workflow], work: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflow_mirror.sync.reindexing.INDEXED_AT_ONCE", 2)
    made = [make(task(1, "a.example.com"), zuora_id=str(number)) for number in range(5)]
    WorkflowReference.objects.all().delete()
    mark_stale()

    request_if_needed()
    request_if_needed()
    work()

    job = JobRun.objects.get()
    assert (job.kind, job.status, job.customer) == ("reindex", JobRun.Status.SUCCEEDED, None)
    assert job.output == {"workflows": 5, "references": 5}
    assert all(rows(workflow) for workflow in made)
    request_if_needed()
    assert JobRun.objects.count() == 1


def test_a_job_that_was_interrupted_continues_with_the_rest(
    make: Callable[..., Workflow], work: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflow_mirror.sync.reindexing.INDEXED_AT_ONCE", 1)
    pks = [make(task(1, "a.example.com"), zuora_id=str(number)).pk for number in range(3)]
    mark_stale()
    index_again(pks[:2])

    request_reindex([], "test")  # of no customer: what is stale already
    work()

    assert JobRun.objects.get().output == {"workflows": 1, "references": 1}


def test_reindexing_one_customer_leaves_the_others(
    make: Callable[..., Workflow], make_customers: Callable[[int], list[Customer]]
) -> None:
    mine = make(task(1, "a.example.com"))
    [other] = make_customers(1)
    theirs = Workflow.objects.create(customer=other, zuora_id="1", json_export={"tasks": []})
    index_again([theirs.pk])

    mark_stale([other.pk])

    assert stale_workflows().get() == theirs
    assert mine.pk != theirs.pk


def test_no_secret_gets_into_the_index(make: Callable[..., Workflow]) -> None:
    secret = "Ks9vTq71@secret.example.com"
    make({"id": 1, "parameters": {"password": secret, "url": f"https://u:{secret}/x"}})
    with connection.cursor() as cursor:
        cursor.execute("SELECT r::text FROM workflow_references r")
        text = "\n".join(row[0] for row in cursor.fetchall())
    assert "parameters.password" in text
    assert "Ks9vTq71" not in text


def test_a_reference_without_a_task_row_is_left_out(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "a.example.com"))
    Task.objects.all().delete()
    assert index_again([workflow.pk]) == 0
