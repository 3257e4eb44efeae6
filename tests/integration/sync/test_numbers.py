"""Numbers of an export keep their value, from Zuora's answer to whatever shows them."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.cli.output import to_json
from workflow_mirror.customers.models import Customer
from workflow_mirror.exact_json import dump, loads
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.fetched import Fetched
from workflow_mirror.sync.plan import beside_the_mirror
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.sync.store import store
from workflow_mirror.web.tasks.parameters import read_parameters
from workflow_mirror.workflows.extract_again import extract_again
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.workflows.queries import stored_export
from workflow_mirror.workflows.task_store import TaskChanges
from workflow_mirror.zuora.definitions import read_definition
from workflow_mirror.zuora.errors import NotFoundError

NUMBERS = """{"f": 0.12345678901234567891234, "g": 10.00, "h": 1e2, "i": 12345678901234567890.12,
"j": -0.0, "k": 1E-400, "l": 1e400, "m": 0.1, "n": 123456789012345678901234567890,
"o": 1e22, "p": 1e131071, "q": -1.5E-16382, "r": 9007199254740993.5, "s": 1e-7}"""
EXPORT = f"""{{"workflow": {{"id": 9, "name": "decimals"}},
 "tasks": [{{"id": 9007199254740993, "name": "Big", "parameters": {NUMBERS}}}],
 "linkages": []}}"""


def exactly(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def written(value: Any) -> Any:
    return exactly(dump(value).decode())


@pytest.fixture
def workflow(service: WorkflowSyncService, customer: Customer, tenant: Tenant) -> Workflow:
    definition = tenant.add_workflow(tasks=1)
    tenant.set_export(definition.id, EXPORT.encode())
    assert service.sync_customer_workflows(customer)["created"] == 1
    return Workflow.objects.get()


def in_the_database(statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return exactly(cursor.fetchone()[0])


def test_the_database_holds_the_numbers_that_zuora_sent(workflow: Workflow) -> None:
    sent = exactly(EXPORT)

    assert in_the_database("SELECT json_export::text FROM workflows") == sent
    assert in_the_database("SELECT document::text FROM workflow_exports") == sent
    assert in_the_database("SELECT data::text FROM tasks") == exactly(NUMBERS)


def test_whoever_reads_the_export_gets_the_numbers_that_zuora_sent(workflow: Workflow) -> None:
    sent = exactly(EXPORT)

    task = Task.objects.get()
    assert written(workflow.json_export) == sent
    assert written(WorkflowExport.objects.get().document) == sent
    assert written(task.data) == exactly(NUMBERS)
    assert written(task.workflow_task_json) == sent["tasks"][0]
    assert exactly(to_json(stored_export(EVERYTHING, workflow.pk))) == sent
    shown = {parameter.name: parameter.text for parameter in read_parameters(task.data)}
    assert {name: exactly(text) for name, text in shown.items()} == exactly(NUMBERS)


def test_the_same_export_is_the_same_on_every_way(
    workflow: Workflow, service: WorkflowSyncService, customer: Customer
) -> None:
    assert service.sync_customer_workflows(customer, full=True)["unchanged"] == 1
    assert workflow.sync_tasks_from_json() == TaskChanges(written=0, deleted=0, total=1)
    assert extract_again([workflow.pk]).written == 0

    saved = Workflow.objects.get()
    assert saved.export_hash == WorkflowExport.objects.get().content_hash
    assert saved.export_fingerprint
    assert saved.json_export == loads(EXPORT)


def test_another_last_digit_is_another_version(
    workflow: Workflow, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.set_export(int(workflow.zuora_id), EXPORT.replace("891234,", "891235,").encode())

    assert service.sync_customer_workflows(customer, full=True)["updated"] == 1

    assert WorkflowExport.objects.count() == 2


def test_another_spelling_of_the_numbers_is_the_same_version(
    workflow: Workflow, service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    other = EXPORT.replace("10.00", "10").replace("1e2,", "100.0,").replace("-0.0", "0")
    tenant.set_export(int(workflow.zuora_id), other.encode())

    assert service.sync_customer_workflows(customer, full=True)["unchanged"] == 1


@pytest.mark.parametrize("number", ["1e131072", "1e-16384", "9" * 200_000, "1e99999999999999999"])
def test_a_number_that_the_database_cannot_hold_is_an_error_of_that_workflow(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, number: str
) -> None:
    bad, _ = tenant.generate(2, tasks=1)
    tenant.set_export(bad.id, f'{{"workflow": {{"a": {number}}}, "tasks": []}}'.encode())

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"], stats["exported"]) == (1, 1, 1)
    error = Workflow.objects.get(zuora_id=str(bad.id)).export_error
    assert "a number is longer than the database can hold" in error


def test_a_long_decimal_in_the_list_is_mirrored_and_is_no_change_the_next_time(
    customer: Customer,
) -> None:
    definition = read_definition(loads('{"id": 7, "new": 0.12345678901234567891234, "x": 1e22}'))
    [listed] = beside_the_mirror(customer, [definition])
    store(customer, [Fetched(listed, error=NotFoundError())], timezone.now())

    [again] = beside_the_mirror(customer, [definition])

    assert not again.has_changed
    held = in_the_database("SELECT list_row::text FROM workflows")
    assert held == {"id": 7, "new": Decimal("0.12345678901234567891234"), "x": 10**22}
