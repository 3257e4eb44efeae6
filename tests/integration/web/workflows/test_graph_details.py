"""The details that the graph asks for: of one task of one workflow, and of no other."""

import pytest
from django.contrib.auth.models import User
from django.http import Http404
from django.test import RequestFactory
from pytest_django import DjangoAssertNumQueries

from workflow_mirror.customers.models import Customer
from workflow_mirror.web.workflows.graph import graph_picture, task_details
from workflow_mirror.workflows.models import Workflow


@pytest.fixture
def workflow(customer: Customer) -> Workflow:
    workflow = Workflow.objects.create(customer=customer, zuora_id="101", name="../Solleciti è")
    task = {
        "id": "a/b?c",
        "name": "<b>Ask</b>",
        "action_type": "Query",
        "parameters": {"q": "x\ny"},
    }
    workflow.json_export = {"tasks": [task], "linkages": []}
    workflow.sync_tasks_from_json()
    return workflow


def details(workflow: Workflow, task: str) -> str:
    request = RequestFactory().get("/", {"task": task})
    request.user = User(is_superuser=True)
    return task_details(request, workflow).content.decode()


def test_any_id_is_found(workflow: Workflow) -> None:
    shown = details(workflow, "a/b?c")

    assert "<dd>a/b?c</dd>" in shown
    assert "\nx\ny</pre>" in shown


def test_a_task_of_another_workflow_is_not_found(workflow: Workflow) -> None:
    other = Workflow.objects.create(customer=workflow.customer, zuora_id="102")

    with pytest.raises(Http404):
        details(other, "a/b?c")


def test_details_cost_one_statement(
    workflow: Workflow, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        details(workflow, "a/b?c")


def test_the_file_name_holds_nothing_but_letters(workflow: Workflow) -> None:
    assert graph_picture(workflow, "/details").file_name == "solleciti-e"
    workflow.name = "工作"
    assert graph_picture(workflow, "/details").file_name == f"workflow-{workflow.pk}"
