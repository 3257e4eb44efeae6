"""A workflow that only ran has not changed, although each of its exports differs."""

from collections.abc import Callable
from typing import Any

import pytest

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport


@pytest.fixture(params=["documented", "newer"])
def running(tenant: Tenant, request: pytest.FixtureRequest) -> Tenant:
    tenant.options.dialect = request.param
    tenant.options.runs_between_exports = True
    tenant.generate(3, tasks=4, variety=False)
    return tenant


def test_a_workflow_that_only_ran_is_unchanged(
    service: WorkflowSyncService, customer: Customer, running: Tenant
) -> None:
    service.sync_customer_workflows(customer)
    tasks = list(Task.objects.order_by("id").values())
    documents = dict(Workflow.objects.values_list("zuora_id", "json_export"))

    stats = service.sync_customer_workflows(customer, full=True)

    assert (stats["exported"], stats["unchanged"], stats["updated"]) == (3, 3, 0)
    assert WorkflowExport.objects.count() == 3
    assert list(Task.objects.order_by("id").values()) == tasks
    assert dict(Workflow.objects.values_list("zuora_id", "json_export")) == documents
    assert any(running.export(int(key)) != documents[key] for key in documents)


def test_a_workflow_that_only_ran_is_written_as_little_as_one_that_did_not(
    service: WorkflowSyncService, customer: Customer, running: Tenant, writes: Callable[[], Any]
) -> None:
    service.sync_customer_workflows(customer)
    with writes() as moved:
        service.sync_customer_workflows(customer, full=True)
    running.options.runs_between_exports = False
    with writes() as still:
        service.sync_customer_workflows(customer, full=True)

    assert moved == still


def test_the_stored_document_is_one_that_zuora_sent(
    service: WorkflowSyncService, customer: Customer, running: Tenant
) -> None:
    service.sync_customer_workflows(customer)

    for workflow in Workflow.objects.all():
        export = workflow.exports.get()
        assert workflow.json_export == running.export(int(workflow.zuora_id)) == export.document
        assert workflow.json_export["workflow"]["started_at"]
        stored = list(workflow.tasks.order_by("id").values_list("workflow_task_json", flat=True))
        assert stored == workflow.json_export["tasks"]
        assert {task["status"] for task in stored} == {"Error", "Finished"}


def test_an_edit_of_a_running_workflow_is_a_new_version_with_its_own_document(
    service: WorkflowSyncService, customer: Customer, running: Tenant
) -> None:
    service.sync_customer_workflows(customer)
    definition = next(iter(running.definitions))
    running.edit_task(definition, changes={"parameters": {"status": "now content"}})

    stats = service.sync_customer_workflows(customer, full=True)

    assert (stats["updated"], stats["unchanged"]) == (1, 2)
    workflow = Workflow.objects.get(zuora_id=str(definition))
    assert workflow.exports.count() == 2
    assert workflow.json_export == running.export(definition)
    assert workflow.exports.get(content_hash=workflow.export_hash).document == workflow.json_export


def test_a_version_that_is_deactivated_and_activated_again_is_one_version(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    """The export of the newer dialect says `status`; the list says the same."""
    definition = tenant.add_workflow(tasks=2)
    service.sync_customer_workflows(customer)
    tenant.deactivate(definition.id)
    service.sync_customer_workflows(customer)
    tenant.activate(definition.id)
    service.sync_customer_workflows(customer)

    assert WorkflowExport.objects.count() == 1


def test_tasks_that_are_extracted_again_are_those_of_the_stored_export(
    service: WorkflowSyncService, customer: Customer, running: Tenant
) -> None:
    service.sync_customer_workflows(customer)
    service.sync_customer_workflows(customer, full=True)

    for workflow in Workflow.objects.all():
        assert workflow.sync_tasks_from_json().written == 0
        assert Workflow.objects.get(pk=workflow.pk).export_fingerprint
