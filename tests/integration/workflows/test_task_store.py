"""`Workflow.sync_tasks_from_json`: the one way in which tasks come out of an export."""

import json
from typing import Any

import pytest
from django.db import connection

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.exports import read_export
from workflow_mirror.workflows.extract_again import extract_again
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.workflows.queries import exported_workflows
from workflow_mirror.workflows.task_store import TaskChanges

pytestmark = pytest.mark.django_db


@pytest.fixture
def workflow() -> Workflow:
    customer = Customer.objects.create(
        name="Rossi", zuora_base_url="https://rest.zuora.com", zuora_client_secret="s"
    )
    return Workflow.objects.create(customer=customer, zuora_id="1")


def export_of(*tasks: Any) -> dict[str, Any]:
    return {"workflow": {"id": 5}, "tasks": list(tasks), "linkages": []}


def test_tasks_are_inserted_with_their_parameters(workflow: Workflow) -> None:
    entry = {"id": 3, "name": "Sollecito", "action_type": "Email", "parameters": {"a": [1, "é"]}}
    workflow.json_export = export_of(entry)

    assert workflow.sync_tasks_from_json() == TaskChanges(written=1, deleted=0, total=1)

    task = Task.objects.get()
    assert (task.zuora_id, task.name, task.task_type) == ("3", "Sollecito", "Email")
    assert task.data == {"a": [1, "é"]}
    assert task.workflow_task_json == entry


def test_a_second_time_writes_nothing(workflow: Workflow) -> None:
    workflow.json_export = export_of({"id": 1, "name": "x"}, {"id": 2})
    workflow.sync_tasks_from_json()
    before = list(Task.objects.order_by("id").values())

    assert workflow.sync_tasks_from_json() == TaskChanges(written=0, deleted=0, total=2)

    assert list(Task.objects.order_by("id").values()) == before


def test_changed_new_and_vanished_tasks_are_told_apart(workflow: Workflow) -> None:
    workflow.json_export = export_of({"id": 1, "name": "x"}, {"id": 2}, {"id": 3})
    workflow.sync_tasks_from_json()
    kept = Task.objects.get(zuora_id="1").pk
    workflow.json_export = export_of({"id": 1, "name": "y"}, {"id": 2}, {"id": 4})

    assert workflow.sync_tasks_from_json() == TaskChanges(written=2, deleted=1, total=3)

    assert Task.objects.get(zuora_id="1").name == "y"
    assert Task.objects.get(zuora_id="1").pk == kept
    assert set(Task.objects.values_list("zuora_id", flat=True)) == {"1", "2", "4"}


def test_an_empty_list_removes_all_tasks_and_a_missing_one_removes_none(
    workflow: Workflow,
) -> None:
    workflow.json_export = export_of({"id": 1}, {"id": 2})
    workflow.sync_tasks_from_json()
    workflow.json_export = {"workflow": {}}
    workflow.sync_tasks_from_json()
    assert Task.objects.count() == 2

    workflow.json_export = export_of()
    workflow.sync_tasks_from_json()

    assert Task.objects.count() == 0


def test_odd_entries_are_kept(workflow: Workflow) -> None:
    workflow.json_export = export_of(
        {"id": 1, "parameters": None}, {"id": 1}, {"name": "no id"}, "text", None, {"id": "x"}
    )

    workflow.sync_tasks_from_json()

    assert list(Task.objects.order_by("id").values_list("zuora_id", flat=True)) == [
        "1",
        "1#2",
        "no-id-3",
        "no-id-4",
        "no-id-5",
        "x",
    ]
    assert Task.objects.get(zuora_id="no-id-4").workflow_task_json == "text"


def test_large_templates_and_odd_characters_come_through(workflow: Workflow) -> None:
    template = "<p>Gentile cliente, àèìòù 😀 €</p>\r\n" * 1000
    workflow.json_export = export_of({"id": 1, "parameters": {"template": template}})

    workflow.sync_tasks_from_json()

    assert Task.objects.get().data == {"template": template}


def test_the_number_of_statements_does_not_depend_on_the_number_of_tasks(
    workflow: Workflow, django_assert_max_num_queries: Any
) -> None:
    def statements(number: int) -> int:
        workflow.json_export = export_of(*({"id": key, "name": str(key)} for key in range(number)))
        with django_assert_max_num_queries(10) as queries:
            workflow.sync_tasks_from_json()
        return len(queries.captured_queries)

    assert statements(1) == statements(500) == statements(3)
    assert Task.objects.count() == 3


def test_tasks_of_other_workflows_are_left_alone(workflow: Workflow) -> None:
    other = Workflow.objects.create(customer=workflow.customer, zuora_id="2")
    for each in (workflow, other):
        each.json_export = export_of({"id": 1}, {"id": 2})
        each.sync_tasks_from_json()
    workflow.json_export = export_of({"id": 9})

    workflow.sync_tasks_from_json()

    assert other.tasks.count() == 2
    assert workflow.tasks.count() == 1


def test_extracting_again_repairs_every_workflow_in_few_statements(
    workflow: Workflow, django_assert_max_num_queries: Any
) -> None:
    for key in range(60):
        Workflow.objects.create(
            customer=workflow.customer,
            zuora_id=f"w{key}",
            json_export=export_of(*({"id": number} for number in range(20))),
        )

    with django_assert_max_num_queries(20):
        changes = extract_again(exported_workflows(EVERYTHING))

    assert changes == TaskChanges(written=1200, deleted=0, total=1200)
    assert Task.objects.count() == 1200


def test_extracting_again_waits_for_a_sync_that_stores_a_newer_export(
    workflow: Workflow, django_assert_max_num_queries: Any
) -> None:
    workflow.json_export = export_of({"id": 1})
    workflow.sync_tasks_from_json()

    with django_assert_max_num_queries(10) as queries:
        extract_again([workflow.pk])

    [locking] = [query["sql"] for query in queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert "ORDER BY" in locking


def test_a_document_of_somebody_else_makes_the_next_sync_ask_zuora_again(
    workflow: Workflow,
) -> None:
    exported = read_export(export_of({"id": 1}))
    Workflow.objects.update(export_hash=exported.content_hash, export_fingerprint="seen")
    workflow.refresh_from_db()
    workflow.json_export = json.loads(exported.json)
    workflow.sync_tasks_from_json()
    assert Workflow.objects.get().export_fingerprint == "seen"

    workflow.json_export = export_of({"id": 2})
    workflow.sync_tasks_from_json()

    assert Workflow.objects.get().export_fingerprint == ""
    assert Workflow.objects.get().export_hash != exported.content_hash


def test_characters_that_the_database_cannot_hold_are_replaced(workflow: Workflow) -> None:
    workflow.json_export = export_of({"id": "1\0", "name": "\ud800"})

    workflow.sync_tasks_from_json()

    assert Task.objects.get().zuora_id == "1\ufffd"
    assert Workflow.objects.get().json_export == export_of({"id": "1\ufffd", "name": "\ufffd"})


def test_export_and_tasks_are_saved_together_or_not_at_all(workflow: Workflow) -> None:
    workflow.json_export = export_of({"id": 1})

    def fail(execute: Any, sql: str, *rest: Any) -> Any:
        if "INSERT INTO tasks" in sql:
            raise ZeroDivisionError
        return execute(sql, *rest)

    with connection.execute_wrapper(fail), pytest.raises(ZeroDivisionError):
        workflow.sync_tasks_from_json()

    assert Workflow.objects.get().json_export is None


def test_a_change_of_any_column_or_of_the_parameters_alone_is_written(workflow: Workflow) -> None:
    entry = {"id": 1, "name": "x", "parameters": {"a": 1}}
    workflow.json_export = export_of(entry)
    workflow.sync_tasks_from_json()
    workflow.json_export = export_of({**entry, "parameters": {"a": 2}})
    assert workflow.sync_tasks_from_json().written == 1
    assert Task.objects.get().data == {"a": 2}

    Task.objects.update(name="Damaged", task_type="Damaged")

    assert workflow.sync_tasks_from_json().written == 1
    assert (Task.objects.get().name, Task.objects.get().task_type) == ("x", "")


def test_a_task_that_moved_to_another_workflow_of_the_batch_is_gone_from_the_first(
    workflow: Workflow,
) -> None:
    other = Workflow.objects.create(customer=workflow.customer, zuora_id="2")
    for each, entries in ((workflow, [{"id": 1}, {"id": 2}]), (other, [{"id": 3}])):
        each.json_export = export_of(*entries)
        each.sync_tasks_from_json()
    Workflow.objects.filter(pk=workflow.pk).update(json_export=export_of({"id": 1}))
    Workflow.objects.filter(pk=other.pk).update(json_export=export_of({"id": 2}))

    assert extract_again([workflow.pk, other.pk]) == TaskChanges(written=1, deleted=2, total=2)

    assert set(Task.objects.values_list("workflow", "zuora_id")) == {
        (workflow.pk, "1"),
        (other.pk, "2"),
    }
