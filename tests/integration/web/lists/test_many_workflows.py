"""Doing something with several selected workflows."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.workflows.models import Workflow, WorkflowExport

LIST = "/admin/workflows/workflow/"


@pytest.fixture
def flows(rossi: Customer, bianchi: Customer) -> list[Workflow]:
    return [
        a_workflow(
            customer, str(number), name=f"flow {number}", document=a_document(a_task("1", "T"))
        )
        for number, customer in enumerate([rossi, rossi, bianchi])
    ]


def do(browser: Client, action: str, *flows: Workflow, **form: str) -> Any:
    selected = [flow.pk for flow in flows]
    return browser.post(LIST, {"action": action, "_selected_action": selected, "index": 0, **form})


def texts(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_the_customers_of_selected_workflows_are_synced_once_each(
    operator: Client, rossi: Customer, bianchi: Customer, flows: list[Workflow]
) -> None:
    do(operator, "sync_customers", flows[0], flows[1])
    assert [run.customer for run in JobRun.objects.all()] == [rossi]
    do(operator, "sync_customers", *flows, select_across="1")
    assert {run.customer for run in JobRun.objects.all()} == {rossi, bianchi}


def test_an_inactive_customer_is_not_synced(
    operator: Client, rossi: Customer, flows: list[Workflow]
) -> None:
    Customer.objects.filter(pk=rossi.pk).update(is_active=False)
    answer = do(operator, "sync_customers", flows[0])
    assert not JobRun.objects.exists()
    assert texts(answer) == ["No customers to sync."]


def test_who_may_not_sync_is_not_offered_it(viewer: Client, flows: list[Workflow]) -> None:
    page = viewer.get(LIST).content.decode()
    assert "compare_selected" in page
    assert "sync_customers" not in page
    do(viewer, "sync_customers", flows[0])
    assert not JobRun.objects.exists()


def test_workflows_of_others_are_neither_synced_nor_compared(
    limited: Client, rossi: Customer, flows: list[Workflow]
) -> None:
    do(limited, "sync_customers", flows[2])
    assert not JobRun.objects.exists()
    answer = do(limited, "compare_selected", flows[0], flows[2])
    assert texts(answer)[-1] == "Select two workflows to compare."


def test_two_selected_workflows_are_compared(viewer: Client, flows: list[Workflow]) -> None:
    answer = do(viewer, "compare_selected", flows[0], flows[2])
    assert answer.status_code == 302
    keys = {
        str(pk)
        for pk in WorkflowExport.objects.filter(workflow__in=[flows[0], flows[2]]).values_list(
            "pk", flat=True
        )
    }
    query = dict(part.split("=") for part in answer["Location"].partition("?")[2].split("&"))
    assert set(query.values()) == keys
    assert len(keys) == 2
    assert viewer.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_one_or_three_workflows_are_not_compared(
    viewer: Client, flows: list[Workflow], number: int
) -> None:
    answer = do(viewer, "compare_selected", *flows[:number])
    assert texts(answer) == ["Select two workflows to compare."]


def test_a_workflow_without_an_export_is_not_compared(
    viewer: Client, rossi: Customer, flows: list[Workflow]
) -> None:
    empty = a_workflow(rossi, "9", name="never exported")
    answer = do(viewer, "compare_selected", flows[0], empty)
    assert texts(answer) == ["Only workflows with an export can be compared."]
