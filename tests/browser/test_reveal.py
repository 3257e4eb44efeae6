"""Secrets are masked, and shown after a click: on the page of a task, in the graph's panel and in
the JSON viewer.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.workflows.models import Task, Workflow

SECRET = "hush77Hush"


@pytest.fixture
def workflow(transactional_db: None) -> Workflow:
    parameters = {"url": "https://erp.example.com", "authorization": {"type": "x", "key": SECRET}}
    document = a_document(a_task("1", "Tell the ERP", "Callout", parameters=parameters))
    return a_workflow(make_customer("Rossi"), "17", name="Dunning", document=document)


def picture(page: Page, name: str) -> None:
    """For a look at it, where a directory is named."""
    if directory := os.environ.get("ZWM_TEST_PICTURES"):
        page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


def revealed() -> int:
    return AuditEvent.objects.filter(action=Action.SECRETS_REVEALED).count()


def test_the_page_of_a_task_reveals_secrets(visit: Visit, workflow: Workflow) -> None:
    page = visit(f"workflows/task/{Task.objects.get().pk}/change/")
    page.locator("summary", has_text="authorization").click()
    expect(page.locator("pre").first).to_contain_text("[secret]")
    picture(page, "task-masked")

    page.get_by_role("button", name="Reveal secrets").click()

    expect(page.get_by_text("Secrets are shown.")).to_be_visible()
    page.locator("summary", has_text="authorization").click()
    expect(page.locator("pre").first).to_contain_text(SECRET)
    picture(page, "task-revealed")
    assert revealed() == 1


def test_the_graphs_panel_reveals_secrets_without_leaving_the_page(
    visit: Visit, workflow: Workflow
) -> None:
    page = visit(f"workflows/workflow/{workflow.pk}/change/?tab=graph&task=1")
    panel = page.get_by_role("complementary").filter(has=page.get_by_text("Parameters"))
    address = page.url
    expect(panel).to_contain_text("Secrets are masked.")
    expect(panel).not_to_contain_text(SECRET)
    picture(page, "panel-masked")

    panel.get_by_role("button", name="Reveal secrets").click()

    expect(panel).to_contain_text("Secrets are shown.")
    expect(panel).to_contain_text(SECRET)
    assert page.url == address
    assert revealed() == 1


def test_the_json_viewer_reveals_secrets(visit: Visit, workflow: Workflow) -> None:
    page = visit(f"workflows/workflow/{workflow.pk}/change/?tab=json")
    tree = page.get_by_role("group", name="Document")
    page.get_by_role("searchbox", name="Search JSON").fill("[secret]")
    page.keyboard.press("Enter")
    expect(tree).to_contain_text("[secret]")
    picture(page, "json-masked")

    page.get_by_role("button", name="Reveal secrets").click()

    expect(page.get_by_role("button", name="Reveal secrets")).to_have_count(0)
    page.get_by_role("searchbox", name="Search JSON").fill(SECRET)
    page.keyboard.press("Enter")
    expect(tree).to_contain_text(SECRET)
    assert revealed() == 1


def test_the_audit_log_shows_who_did_it(visit: Visit, workflow: Workflow) -> None:
    page = visit(f"workflows/task/{Task.objects.get().pk}/change/")
    page.get_by_role("button", name="Reveal secrets").click()
    expect(page.get_by_text("Secrets are shown.")).to_be_visible()

    page = visit("audit/auditevent/")

    expect(page.get_by_role("cell", name="Secrets revealed")).to_be_visible()
    expect(page.get_by_role("cell", name="Rossi / Dunning / Tell the ERP (1)")).to_be_visible()
    picture(page, "audit-log")
