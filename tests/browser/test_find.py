"""The search box in the header of every page."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit, find_by_name
from tests.integration.web.conftest import make_customer
from tests.integration.web.mirrored import a_workflow
from workflow_mirror.workflows.models import Workflow

PHONE = {"width": 390, "height": 800}
PROPOSALS = "[data-find] [role=option]"


@pytest.fixture
def dunning(transactional_db: None) -> Workflow:
    brenta, adige = make_customer("Brenta"), make_customer("Adige")
    a_workflow(adige, "1", name="Dunning US")
    a_workflow(adige, "2", name="Collections")
    return a_workflow(brenta, "3", name="Dunning US")


def test_the_keyboard_leads_from_any_page_to_a_workflow(dunning: Workflow, visit: Visit) -> None:
    page = visit("jobs/jobrun/")
    find_by_name(page, "brenta dunning us")
    expect(page.locator(PROPOSALS).first).to_contain_text("Dunning US")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-find] input")).to_have_attribute(
        "aria-activedescendant", "find-option-0"
    )
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/workflows/workflow/{dunning.pk}/change/"))


def test_a_slash_leads_to_the_box_and_is_typed_in_a_field(dunning: Workflow, visit: Visit) -> None:
    page = visit("workflows/workflow/")
    page.wait_for_function("document.querySelector('[data-find] [role=combobox]')")
    page.keyboard.press("/")
    box = page.locator("[data-find] input")
    expect(box).to_be_focused()
    page.keyboard.type("a/b")
    expect(box).to_have_value("a/b")


def test_escape_closes_the_proposals_and_enter_shows_all_results(
    dunning: Workflow, visit: Visit
) -> None:
    page = visit("")
    find_by_name(page, "dunning")
    expect(page.locator(PROPOSALS)).to_have_count(4)
    expect(page.locator(PROPOSALS).last).to_contain_text("Search inside tasks for “dunning”")
    page.keyboard.press("Escape")
    expect(page.locator(PROPOSALS)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/find/\?q=dunning$"))
    expect(page.locator("[data-find-group=workflow] li")).to_have_count(2)


def test_a_query_with_a_key_is_answered_by_the_search(dunning: Workflow, visit: Visit) -> None:
    page = visit("")
    find_by_name(page, "type:Callout")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=type%3ACallout$"))


def test_a_click_on_a_proposal_follows_it(dunning: Workflow, visit: Visit) -> None:
    page = visit("")
    find_by_name(page, "collections")
    page.locator(PROPOSALS).first.click()
    expect(page).to_have_url(re.compile(r"/workflows/workflow/\d+/change/"))


def test_a_phone_has_the_box_in_its_full_width(dunning: Workflow, visit: Visit) -> None:
    page = visit("")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a typed dict of its own
    box = page.locator("[data-find]").bounding_box()
    assert box is not None
    assert box["width"] > PHONE["width"] * 0.85
    find_by_name(page, "dunning")
    expect(page.locator(PROPOSALS).first).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 720})
