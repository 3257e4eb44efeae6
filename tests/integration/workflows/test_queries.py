"""Reading the mirror: what `zwm workflows` shows."""

from typing import Any

import pytest
from django.db import connection, transaction

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.errors import UnknownWorkflowError
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.workflows.queries import (
    exported_workflows,
    list_workflows,
    show_workflow,
    stored_export,
    values_of,
)

pytestmark = pytest.mark.django_db


def customer(name: str) -> Customer:
    return Customer.objects.create(
        name=name, zuora_base_url="https://rest.zuora.com", zuora_client_secret="s"
    )


@pytest.fixture(autouse=True)
def two_customers() -> None:
    rossi, bianchi = customer("Rossi"), customer("Bianchi")
    add(rossi, "10", "Sollecito", state="Active", tasks=3, description="Ogni notte")
    add(rossi, "11", "Fattura", state="Inactive", tasks=1)
    add(bianchi, "10", "Storno", state="Active", tasks=0)
    Workflow.objects.create(customer=bianchi, zuora_id="12", name="Mai esportato")


def add(owner: Customer, zuora_id: str, name: str, *, tasks: int, **columns: Any) -> None:
    document = {"workflow": {}, "tasks": [{"id": number} for number in range(tasks)]}
    workflow = Workflow.objects.create(customer=owner, zuora_id=zuora_id, name=name, **columns)
    workflow.json_export = document
    workflow.sync_tasks_from_json()


def names(**chosen: Any) -> list[str]:
    return [workflow["name"] for workflow in list_workflows(EVERYTHING, **chosen)]


def test_all_come_by_customer_and_name_with_the_number_of_their_tasks() -> None:
    found = [(row["customer"], row["name"], row["tasks"]) for row in list_workflows(EVERYTHING)]

    assert found == [
        ("Bianchi", "Mai esportato", 0),
        ("Bianchi", "Storno", 0),
        ("Rossi", "Fattura", 1),
        ("Rossi", "Sollecito", 3),
    ]


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({"customers": ["Bianchi"]}, ["Mai esportato", "Storno"]),
        ({"state": "inactive"}, ["Fattura"]),
        ({"search": "SOLL"}, ["Sollecito"]),
        ({"search": "ogni notte"}, ["Sollecito"]),
        ({"search": "10"}, ["Storno", "Sollecito"]),
        ({"search": "1"}, []),
        ({"limit": 3}, ["Mai esportato", "Storno", "Fattura"]),
        ({"customers": ["Rossi"], "state": "Active", "search": "10"}, ["Sollecito"]),
    ],
)
def test_they_are_found_by_customer_state_and_text(
    chosen: dict[str, Any], found: list[str]
) -> None:
    assert names(**chosen) == found


def test_one_is_shown_with_its_own_tasks_alone() -> None:
    shown = show_workflow(EVERYTHING, Workflow.objects.get(name="Fattura").pk)

    assert [task["zuora_id"] for task in shown["tasks"]] == ["0"]
    assert (shown["customer"], shown["export_error"]) == ("Rossi", None)


def test_an_export_is_given_as_it_is_stored() -> None:
    workflow = Workflow.objects.get(name="Fattura")

    assert stored_export(EVERYTHING, workflow.pk) == workflow.json_export
    assert stored_export(EVERYTHING, Workflow.objects.get(name="Mai esportato").pk) is None


def test_only_those_with_an_export_can_give_tasks() -> None:
    never = Workflow.objects.get(name="Mai esportato").pk
    others = Workflow.objects.exclude(pk=never).order_by("pk").values_list("pk", flat=True)

    assert exported_workflows(EVERYTHING) == list(others)
    assert exported_workflows(EVERYTHING, others[0]) == [others[0]]
    assert exported_workflows(EVERYTHING, never) == []


@pytest.mark.parametrize("ask", [show_workflow, stored_export, exported_workflows])
def test_an_unknown_one_is_told(ask: Any) -> None:
    with pytest.raises(UnknownWorkflowError, match="no workflow 999"):
        ask(EVERYTHING, 999)


@pytest.mark.django_db(transaction=True)
def test_the_planner_is_left_as_the_operator_has_set_it() -> None:
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET enable_seqscan TO off")
    connection.close()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            values_of(EVERYTHING, Workflow, ["state"])
            cursor.execute("SHOW enable_seqscan")
            assert cursor.fetchone() == ("off",)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {name} RESET enable_seqscan")
        connection.close()
