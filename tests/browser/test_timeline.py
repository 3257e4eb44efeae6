"""Older entries of a workflow's timeline, in a real browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.made_changes import an_entry
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.web.changes.timeline import ON_A_PAGE
from workflow_mirror.workflows.models import Workflow


@pytest.fixture
def workflow(transactional_db: None) -> Workflow:
    """With two pages of entries and five more, one a sync."""
    workflow = a_workflow(
        make_customer("Rossi"), "17", name="Dunning", document=a_document(a_task("1", "Ask"))
    )
    now = timezone.now()
    for number in range(2 * ON_A_PAGE + 5):
        an_entry(workflow, seen_at=now - timedelta(hours=number), changed_by=f"person {number}")
    return workflow


@pytest.fixture
def page(visit: Visit, workflow: Workflow) -> Page:
    return visit(f"workflows/workflow/{workflow.pk}/change/?tab=history")


def seen(page: Page) -> Locator:
    return page.locator("[data-timeline] > li")


def older(page: Page) -> Locator:
    return page.get_by_role("link", name="Older changes")


def test_older_entries_are_added_below_until_there_are_none(page: Page) -> None:
    address = page.url
    expect(seen(page)).to_have_count(ON_A_PAGE)

    older(page).click()
    expect(seen(page)).to_have_count(2 * ON_A_PAGE)
    expect(seen(page).nth(ON_A_PAGE)).to_be_focused()
    expect(seen(page).nth(ON_A_PAGE)).to_contain_text(f"person {ON_A_PAGE}")
    older(page).click()
    expect(seen(page)).to_have_count(2 * ON_A_PAGE + 5)
    expect(seen(page).last).to_contain_text(f"person {2 * ON_A_PAGE + 4}")
    expect(older(page)).to_have_count(0)
    assert page.url == address


def test_an_answer_that_fails_opens_the_page_of_older_entries(
    page: Page, console: list[str]
) -> None:
    page.route(re.compile(r"/changes/"), lambda route: route.abort(), times=1)

    older(page).click()

    page.wait_for_url(re.compile(r"/changes/\?before="))
    expect(seen(page).first).to_contain_text(f"person {ON_A_PAGE}")
    console.clear()


def test_without_its_script_the_link_opens_a_page_of_older_entries(
    page: Page, open_page: OpenPage, console: list[str]
) -> None:
    """Of all scripts, since Unfold shows no page without its own."""
    plain = open_page(storage_state=page.context.storage_state())
    plain.route(re.compile(r"/timeline.*\.js"), lambda route: route.abort())
    plain.goto(page.url)

    older(plain).click()

    expect(seen(plain)).to_have_count(ON_A_PAGE)
    expect(seen(plain).first).to_contain_text(f"person {ON_A_PAGE}")
    older(plain).click()
    expect(seen(plain)).to_have_count(5)
    plain.get_by_role("link", name="Dunning", exact=True).click()
    expect(seen(plain)).to_have_count(ON_A_PAGE)
    console.clear()
