"""The texts that are searched follow the exports, like the references."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.references.extract import extract
from workflow_mirror.references.index_again import index_again
from workflow_mirror.references.models import WorkflowReference, WorkflowText
from workflow_mirror.references.query import parse
from workflow_mirror.references.search import search
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Task, Workflow


def texts(workflow: Workflow) -> dict[str | None, str]:
    found = WorkflowText.objects.filter(workflow=workflow, customer=workflow.customer_id)
    return dict(found.values_list("task__zuora_id", "text"))


@pytest.fixture
def make(customer: Customer) -> Callable[..., Workflow]:
    def stored(*tasks: dict[str, Any], name: str = "Dunning") -> Workflow:
        workflow, _ = Workflow.objects.get_or_create(customer=customer, zuora_id="1")
        workflow.json_export = {"workflow": {"name": name}, "tasks": list(tasks)}
        workflow.sync_tasks_from_json()
        index_again([workflow.pk])
        return workflow

    return stored


def task(id_: int, note: str) -> dict[str, Any]:
    return {"id": id_, "name": "A step", "action_type": "Delay", "notes": note}


def test_the_texts_of_each_export_are_stored_with_its_references(
    customer: Customer, tenant: Tenant, service: WorkflowSyncService
) -> None:
    keys = [tenant.add_workflow(tasks=8).id for _ in range(3)]
    service.sync_customer_workflows(customer)
    index_again(Workflow.objects.values_list("pk", flat=True))
    tenant.edit_task(keys[0])
    service.sync_customer_workflows(customer)
    for workflow in Workflow.objects.all():
        assert texts(workflow) == dict(extract(workflow.json_export).texts)
        assert len(texts(workflow)) == 9


def test_only_the_text_that_has_changed_is_written(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "one"), task(2, "two"))
    before = dict(WorkflowText.objects.values_list("pk", "text"))

    make(task(1, "one"), task(2, "new"))

    assert texts(workflow) == {None: "dunning", "1": "a step\none", "2": "a step\nnew"}
    kept = set(before) & set(WorkflowText.objects.values_list("pk", flat=True))
    assert {before[pk] for pk in kept} == {"dunning", "a step\none"}


def test_a_new_name_of_the_workflow_is_stored(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "one"))
    make(task(1, "one"), name="Renewals")
    assert WorkflowText.objects.get(workflow=workflow, task=None).name == "renewals"
    assert WorkflowText.objects.get(workflow=workflow, task__zuora_id="1").name == ""


def test_what_a_place_is_found_by_follows_its_names_and_its_type(
    make: Callable[..., Workflow],
) -> None:
    def found(*queries: str) -> list[str]:
        return [query for query in queries if search(parse(query), EVERYTHING).total]

    make({**task(1, "{{ Data.Account.Name }}"), "object": "Order"})
    assert found("object:Order", "field:Account.Name", "type:Delay", "type:Email") == [
        "object:Order",
        "field:Account.Name",
        "type:Delay",
    ]
    make({**task(1, "{{ Data.Account.Name }}"), "object": "Invoice", "action_type": "Email"})
    assert found("object:Order", "object:Invoice", "type:Delay", "type:Email") == [
        "object:Invoice",
        "type:Email",
    ]


def test_an_older_index_is_brought_up_to_date_where_only_its_hashes_differ(
    make: Callable[..., Workflow],
) -> None:
    workflow = make({**task(1, "one"), "object": "Order"})
    before = list(WorkflowText.objects.order_by("text").values_list("text", "name_hashes"))
    WorkflowText.objects.update(name_hashes=[])
    index_again([workflow.pk])
    assert list(WorkflowText.objects.order_by("text").values_list("text", "name_hashes")) == before


def test_whole_names_are_found_without_the_references(make: Callable[..., Workflow]) -> None:
    """Otherwise a query of frequent names would read all of them."""
    make({**task(1, "mail x@a.example.com, https://erp.example.com/v1"), "object": "Order"})
    WorkflowReference.objects.all().delete()
    for query in ("object:order", "host:example.com", "email:@a.example.com", "has:url"):
        assert search(parse(query), EVERYTHING).total == 1, query
    assert search(parse("url:/v1"), EVERYTHING).total == 0


def test_a_removed_task_takes_its_text_along(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "one"), task(2, "two"))
    make(task(2, "two"))
    assert set(texts(workflow)) == {None, "2"}
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks")
    assert set(texts(workflow)) == {None}


def test_a_deleted_customer_takes_its_texts_along(
    make: Callable[..., Workflow], customer: Customer
) -> None:
    make(task(1, "one"))
    customer.delete()
    assert not WorkflowText.objects.exists()


def test_a_text_without_a_task_row_is_left_out(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "one"))
    Task.objects.all().delete()
    index_again([workflow.pk])
    assert set(texts(workflow)) == {None}


def test_nothing_is_written_for_what_is_unchanged(make: Callable[..., Workflow]) -> None:
    workflow = make(task(1, "one"))
    with CaptureQueriesContext(connection) as queries:
        index_again([workflow.pk])
    written = [one["sql"] for one in queries if "workflow_texts" in one["sql"]]
    assert written
    assert all(sql.startswith("SELECT") for sql in written)
