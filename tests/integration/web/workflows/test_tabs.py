"""The page of a workflow in tabs: each has an address, and reads only what it shows."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.integration.web.made_changes import an_export
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from tests.integration.web.shown import shown
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow

BASE = "/admin/workflows/workflow"
TABS = ("overview", "graph", "tasks", "json", "history", "jobs")
# What only this tab shows.
CONTENT = {
    "overview": 'id="used-by"',
    "graph": "data-workflow-graph",
    "tasks": "data-table",
    "json": "data-json=",
    "history": 'id="changes"',
    "jobs": 'id="jobs"',
}
# Patterns of statements, and the tabs that may need them.
READ = {
    '"workflow_references"': {"overview"},
    '"json_export"(?! IS)': {"graph"},
    '"workflow_changes"': {"history"},
    '"requested_by"': {"jobs"},
    '"call_type"': {"tasks"},
}
EARLIER = {
    "workflow": {"id": 9, "description": "The earlier one", "interval": "0 5 * * *"},
    "tasks": [a_task("a/b?c", "Before", parameters={"x": "y"})],
    "linkages": [],
}

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def workflow(rossi: Customer) -> Workflow:
    return a_workflow(rossi, "101", version="2", document=a_document(a_task("1", "Ask")))


def page(browser: Client, workflow: Workflow, query: str = "") -> str:
    return shown(browser, f"{BASE}/{workflow.pk}/change/{query}")


def shown_in(text: str) -> list[str]:
    return [tab for tab, content in CONTENT.items() if content in text]


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_an_address_and_shows_its_content_alone(
    viewer: Client, workflow: Workflow, tab: str
) -> None:
    text = page(viewer, workflow, f"?tab={tab}")

    assert shown_in(text) == [tab]
    assert f'<a href="?tab={tab}" aria-current="page">' in text
    assert text.count('aria-current="page">') == 1


@pytest.mark.parametrize("tab", TABS)
def test_only_the_tab_that_is_shown_is_read(viewer: Client, workflow: Workflow, tab: str) -> None:
    page(viewer, workflow)
    with CaptureQueriesContext(connection) as captured:
        page(viewer, workflow, f"?tab={tab}")
    statements = "\n".join(query["sql"] for query in captured)

    for part, tabs in READ.items():
        assert bool(re.search(part, statements)) == (tab in tabs), part


@pytest.mark.parametrize("tab", TABS)
def test_the_document_of_a_version_is_read_where_it_is_shown(
    viewer: Client, workflow: Workflow, tab: str
) -> None:
    earlier = an_export(workflow, "e", EARLIER, zuora_version="1")
    with CaptureQueriesContext(connection) as captured:
        page(viewer, workflow, f"?tab={tab}&version={earlier.pk}")
    is_read = any('"workflow_exports"."document"' in query["sql"] for query in captured)

    assert is_read == (tab in {"overview", "graph", "tasks"})


@pytest.mark.parametrize(
    ("query", "tab"),
    [
        ("", "overview"),
        ("?tab=nothing", "overview"),
        ("?tab=", "overview"),
        ("?at=workflow.name", "json"),
        ("?at=workflow.name&find=n", "json"),
    ],
)
def test_addresses_without_a_known_tab_lead_on(
    viewer: Client, workflow: Workflow, query: str, tab: str
) -> None:
    assert shown_in(page(viewer, workflow, query)) == [tab]


def test_the_address_of_a_versions_graph_from_before_there_were_tabs(
    viewer: Client, workflow: Workflow
) -> None:
    earlier = an_export(workflow, "e", EARLIER, zuora_version="1")
    assert shown_in(page(viewer, workflow, f"?version={earlier.pk}")) == ["graph"]


def test_who_may_not_view_jobs_has_no_such_tab(
    make_user: Any, client_of: Any, workflow: Workflow
) -> None:
    user = make_user("wanda")
    user.user_permissions.add(Permission.objects.get(codename="view_workflow"))
    text = page(client_of(user), workflow, "?tab=jobs")

    assert "?tab=jobs" not in text
    assert shown_in(text) == ["overview"]


@pytest.mark.parametrize(
    ("tab", "content"),
    [
        ("overview", "The earlier one"),
        ("graph", "Before"),
        ("tasks", "Before"),
        ("json", "data-json="),
        ("history", 'id="changes"'),
        ("jobs", 'id="jobs"'),
    ],
)
def test_an_old_version_opens_like_the_current_one(
    viewer: Client, workflow: Workflow, tab: str, content: str
) -> None:
    earlier = an_export(workflow, "e", EARLIER, zuora_version="1")
    text = page(viewer, workflow, f"?tab={tab}&version={earlier.pk}")

    assert content in text
    assert "Version 1, last seen on" in text
    assert f'href="?tab={tab}">Show the active version' in text
    for other in TABS:
        assert f'href="?tab={other}&amp;version={earlier.pk}"' in text
    assert "Ask" not in text


def test_the_json_of_an_old_version_is_its_own(viewer: Client, workflow: Workflow) -> None:
    earlier = an_export(workflow, "e", EARLIER, zuora_version="1")
    address = f"{BASE}/{workflow.pk}/exports/{earlier.pk}/"

    assert f'data-json="{address}"' in page(viewer, workflow, f"?tab=json&version={earlier.pk}")
    assert viewer.get(address).json() == EARLIER


def test_a_task_of_an_old_version_leads_to_the_graph(viewer: Client, workflow: Workflow) -> None:
    earlier = an_export(workflow, "e", EARLIER, zuora_version="1")
    text = page(viewer, workflow, f"?tab=tasks&version={earlier.pk}")

    assert f'href="?tab=graph&amp;version={earlier.pk}&amp;task=a%2Fb%3Fc"' in text


def test_a_task_and_its_place_in_the_graph_lead_to_each_other(
    viewer: Client, workflow: Workflow
) -> None:
    [task] = workflow.tasks.all()
    address = f"/admin/workflows/task/{task.pk}/change/"
    in_graph = f"{BASE}/{workflow.pk}/change/?tab=graph&amp;task=1"

    assert in_graph in viewer.get(address).content.decode()
    assert address in viewer.get(f"{BASE}/{workflow.pk}/task/?task=1").content.decode()
    tasks = page(viewer, workflow, "?tab=tasks")
    assert address in tasks
    assert "?tab=graph&amp;task=1" in tasks


@pytest.mark.parametrize(
    ("row", "is_told"),
    [
        ({"id": 1, "status": "Active", "active_version": None}, True),
        ({"id": 1, "status": "Active", "active_version": {"id": 2, "version": "0.0.1"}}, False),
        ({"id": 1, "type": "Workflow::Setup"}, False),  # from before versioning
        ({}, False),
    ],
)
def test_a_workflow_that_nothing_starts_says_so_beside_its_status(
    viewer: Client,
    rossi: Customer,
    row: dict[str, Any],
    is_told: bool,  # noqa: FBT001 - a parameter
) -> None:
    workflow = a_workflow(rossi, "1", list_row=row)
    page = viewer.get(f"{BASE}/{workflow.pk}/change/").content.decode()
    assert ("no active version" in page) is is_told
