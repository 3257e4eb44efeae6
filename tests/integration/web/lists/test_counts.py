"""Tasks of deleted workflows are counted apart, everywhere alike."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow

LIST = "/admin/workflows/task/"


@pytest.fixture
def flows(rossi: Customer) -> list[Workflow]:
    """One with two tasks, and a deleted one with three."""
    present = a_document(a_task("1", "kept 1"), a_task("2", "kept 2"))
    gone = a_document(*(a_task(str(number), f"gone {number}") for number in range(3, 6)))
    return [
        a_workflow(rossi, "1", name="present", document=present),
        a_workflow(rossi, "2", name="gone", document=gone, deleted_at=timezone.now()),
    ]


def number_of_tasks(browser: Client, query: str = "") -> int:
    return int(browser.get(f"{LIST}{query}").context["cl"].result_count)


def test_the_list_shows_tasks_of_deleted_workflows_only_if_asked(
    viewer: Client, flows: list[Workflow]
) -> None:
    assert number_of_tasks(viewer) == 2
    assert number_of_tasks(viewer, "?vanished=yes") == 3
    assert number_of_tasks(viewer, "?vanished=any") == 5
    assert number_of_tasks(viewer, f"?workflow__id__exact={flows[1].pk}") == 3


def test_dashboard_list_and_customer_page_agree(
    viewer: Client, rossi: Customer, flows: list[Workflow]
) -> None:
    [figure] = [one for one in viewer.get("/admin/").context["figures"] if one["title"] == "Tasks"]
    assert (figure["value"], figure["apart"]) == ("2", "+ 3 of deleted workflows")
    page: Any = viewer.get(f"/admin/customers/customer/{rossi.pk}/change/")
    tasks = page.context["tasks"]
    assert (tasks.present.number, tasks.deleted.number) == (2, 3)
    links = re.findall(r'href="(/admin/workflows/task/[^"]+)">(?:\+ )?(\d)', page.content.decode())
    assert len(links) == 2
    for link, number in links:
        query = link.removeprefix(LIST).replace("&amp;", "&")
        assert number_of_tasks(viewer, query) == int(number)


def test_the_dashboard_says_nothing_of_deleted_workflows_without_any(
    viewer: Client, flows: list[Workflow]
) -> None:
    Workflow.objects.update(deleted_at=None)
    [figure] = [one for one in viewer.get("/admin/").context["figures"] if one["title"] == "Tasks"]
    assert (figure["value"], figure["apart"]) == ("5", "")
