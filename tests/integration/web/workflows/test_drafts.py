"""Drafts are marked wherever their workflow is shown, and any stored version has its graph."""

from typing import Any

import pytest
from django.test import Client

from tests.integration.web.made_changes import an_export
from tests.integration.web.mirrored import EVIL, a_document, a_task, a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Workflow, WorkflowExport

BASE = "/admin/workflows/workflow"
ACTIVE = a_document(a_task("1", "Ask"))
DRAFTED = a_document(
    a_task("1", "Ask"), a_task("a/b?c", f"Tell {EVIL}", parameters={"where": f"x\n{EVIL}"})
)

pytestmark = pytest.mark.usefixtures("transactional_db")


@pytest.fixture
def workflow(rossi: Customer) -> Workflow:
    """With a draft and an earlier version."""
    workflow = a_workflow(rossi, "101", version="0.0.2", document=ACTIVE)
    draft = an_export(workflow, "d", DRAFTED, zuora_version="0.0.3")
    an_export(workflow, "e", a_document(a_task("7", "Before")), zuora_version="0.0.1")
    Workflow.objects.filter(pk=workflow.pk).update(
        draft_version="0.0.3", draft_hash=draft.content_hash
    )
    return workflow


def key(version: str) -> int:
    return WorkflowExport.objects.get(zuora_version=version).pk


def page(browser: Client, workflow: Workflow, query: str = "") -> Any:
    answer = browser.get(f"{BASE}/{workflow.pk}/change/{query}")
    assert answer.status_code == 200
    return answer


def names(answer: Any) -> list[str]:
    nodes = answer.context["picture"].graph["nodes"]
    return [node["name"] for node in nodes if node["role"] == "task"]


def test_the_list_marks_a_workflow_with_a_draft(viewer: Client, workflow: Workflow) -> None:
    a_workflow(workflow.customer, "102", version="7")
    text = viewer.get(f"{BASE}/").content.decode()

    assert text.count("zw-draft") == 1
    assert ">draft 0.0.3</span>" in text


def test_the_page_leads_to_the_draft_and_to_its_comparison_with_the_active_version(
    viewer: Client, workflow: Workflow
) -> None:
    text = page(viewer, workflow).content.decode()
    draft, active = key("0.0.3"), WorkflowExport.objects.get(document=ACTIVE).pk

    assert "draft 0.0.3" in text
    assert f"{BASE}/{workflow.pk}/exports/{draft}/" in text
    assert f"?a={active}&amp;b={draft}" in text
    assert f"?tab=overview&amp;version={draft}" in text


def test_a_draft_that_could_not_be_exported_is_marked_without_links(
    viewer: Client, workflow: Workflow
) -> None:
    Workflow.objects.filter(pk=workflow.pk).update(draft_hash="")
    text = page(viewer, workflow).content.decode()

    assert "draft 0.0.3" in text
    assert "Show the draft" not in text


def test_the_graph_is_that_of_the_active_version_unless_another_is_asked_for(
    viewer: Client, workflow: Workflow
) -> None:
    assert names(page(viewer, workflow, "?tab=graph")) == ["Ask"]
    of_draft = page(viewer, workflow, f"?version={key('0.0.3')}")
    assert names(of_draft) == ["Ask", f"Tell {EVIL}"]
    assert "Draft 0.0.3, which is not active." in of_draft.content.decode()
    of_earlier = page(viewer, workflow, f"?version={key('0.0.1')}")
    assert names(of_earlier) == ["Before"]
    assert "Version 0.0.1, last seen" in of_earlier.content.decode()
    active = WorkflowExport.objects.get(document=ACTIVE)
    of_active = page(viewer, workflow, f"?version={active.pk}").content.decode()
    assert "which is not active" not in of_active
    assert "last seen on" not in of_active


def test_details_are_those_of_the_version_that_is_drawn(viewer: Client, workflow: Workflow) -> None:
    details = f"{BASE}/{workflow.pk}/task/?task=a/b?c".replace("?c", "%3Fc")

    assert viewer.get(details).status_code == 404
    of_draft = viewer.get(f"{details}&version={key('0.0.3')}").content.decode()
    assert "<dd>a/b?c</dd>" in of_draft
    assert "&lt;script&gt;" in of_draft
    assert viewer.get(f"{details}&version={key('0.0.1')}").status_code == 404


@pytest.mark.parametrize("place", ["change/?", "task/?task=1&"])
def test_a_version_of_another_workflow_is_not_found(
    limited: Client, workflow: Workflow, bianchi: Customer, place: str
) -> None:
    """Whether it is of another customer or of the same."""
    foreign = a_workflow(bianchi, "101", document=ACTIVE)
    sibling = a_workflow(workflow.customer, "102", document=ACTIVE)
    keys = [WorkflowExport.objects.get(workflow=one).pk for one in (foreign, sibling)]

    for version in (*keys, "x", "0", "9" * 30):
        assert limited.get(f"{BASE}/{workflow.pk}/{place}version={version}").status_code == 404


@pytest.mark.parametrize("document", ["text", [], {"tasks": ["odd", None]}, {"tasks": {}}])
def test_an_odd_version_has_a_page(viewer: Client, workflow: Workflow, document: Any) -> None:
    odd = an_export(workflow, "f", document)

    page(viewer, workflow, f"?version={odd.pk}")
    missing = viewer.get(f"{BASE}/{workflow.pk}/task/?task=1&version={odd.pk}")
    assert missing.status_code in {200, 404}
