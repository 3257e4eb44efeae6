"""The search by keyboard: type, complete, search, open the place."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.indexed import TASKS, an_indexed_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.models import SavedView

type OpenSearch = Callable[..., Page]


@pytest.fixture
def customer(transactional_db: None) -> Customer:
    customer = make_customer("Acme S.p.A.")
    long = {**TASKS[1], "id": 810, "name": "Long mail"}
    long["parameters"] = {"body": "line\n" * 400 + "call erp.example.com\n" + "line\n" * 400}
    an_indexed_workflow(customer, *TASKS, long)
    return customer


@pytest.fixture
def search(visit: Visit, customer: Customer, live_server: LiveServer) -> OpenSearch:
    """Opens the page of the search with a query string."""

    def open_search(query: str = "") -> Page:
        page = visit("")
        page.goto(f"{live_server.url}/search/{query}")
        return page

    return open_search


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search in all tasks and workflows")


def options(page: Page) -> Locator:
    return page.get_by_role("option")


def test_a_query_is_written_searched_and_its_place_opened_by_keyboard(search: OpenSearch) -> None:
    page = search()
    box(page).press_sequentially("ho")
    expect(options(page)).to_have_text(["host:"])
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    chosen = options(page).first.get_attribute("id") or ""
    expect(box(page)).to_have_attribute("aria-activedescendant", chosen)
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("host:")
    expect(options(page)).to_have_text(["host:erp.example.com"])
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(box(page)).to_have_value("host:erp.example.com ")
    expect(options(page)).to_have_count(0)
    page.keyboard.type("customer:acm")
    expect(options(page)).to_have_text(['customer:"Acme S.p.A."'])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value('host:erp.example.com customer:"Acme S.p.A." ')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2 hits")).to_be_visible()
    link = page.get_by_role("link", name="parameters.body")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Long mail", exact=True)).to_be_visible()
    expect(page.locator("#place")).to_have_text("erp.example.com")
    expect(page.locator("#place")).to_be_in_viewport()


def test_enter_without_a_chosen_proposal_searches(search: OpenSearch) -> None:
    page = search()
    box(page).press_sequentially("field")
    expect(options(page)).to_have_text(["field:"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=field$"))


def test_escape_closes_and_the_arrow_opens_the_proposals(search: OpenSearch) -> None:
    page = search()
    box(page).press_sequentially("host:e")
    expect(options(page)).to_have_count(1)
    page.keyboard.press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    expect(box(page)).to_have_value("host:e")
    page.keyboard.press("ArrowDown")
    expect(options(page)).to_have_count(1)
    options(page).first.click()
    expect(box(page)).to_have_value("host:erp.example.com ")
    expect(box(page)).to_be_focused()


def test_the_cursor_may_be_in_the_middle_of_the_query(search: OpenSearch) -> None:
    page = search()
    box(page).fill("dunning -type:")
    page.keyboard.press("Home")
    page.keyboard.type("host:e")
    expect(options(page)).to_have_text(["host:erp.example.com"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("host:erp.example.com dunning -type:")


def test_nothing_is_proposed_inside_a_text_in_quotes(search: OpenSearch) -> None:
    page = search()
    box(page).press_sequentially('"renewal hos')
    page.wait_for_timeout(400)  # longer than the pause before a request
    expect(options(page)).to_have_count(0)


def test_an_error_has_the_cursor_at_its_place(search: OpenSearch) -> None:
    page = search("?q=dunning+feild:x")
    expect(page.get_by_role("alert")).to_contain_text("Unknown key feild at column 9")
    expect(page.locator("#search-error mark")).to_have_text("feild:x")
    expect(box(page)).to_be_focused()
    assert box(page).evaluate("one => one.selectionStart") == 8


def test_a_place_outside_of_tasks_is_opened_in_the_document(search: OpenSearch) -> None:
    page = search("?q=%22reminds+of+payments%22")
    page.get_by_role("link", name="workflow.description").click()
    hit = page.locator(".zw-hit")
    expect(hit).to_contain_text("Reminds of payments")
    expect(hit).to_be_in_viewport()


def test_the_dashboard_searches(visit: Visit, customer: Customer) -> None:
    page = visit("")
    box(page).press_sequentially("const")
    expect(options(page)).to_have_text(["constant:"])
    page.keyboard.press("Escape")
    box(page).fill("constant:ERP_HOST")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="1 hit", exact=True)).to_be_visible()


def test_a_search_is_saved_renamed_and_deleted(search: OpenSearch) -> None:
    page = search("?q=host:erp.example.com")
    page.get_by_text("Save this search").click()
    page.get_by_label("Name", exact=True).fill("ERP")
    page.get_by_label("Share with other users").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as “ERP”.")).to_be_visible()
    assert SavedView.objects.get().is_shared
    page = search()
    page.get_by_role("link", name="Change: ERP").click()
    page.locator("#id_name").fill("The ERP")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="2 hits")).to_be_visible()
    page = search()
    page.get_by_role("link", name="Change: The ERP").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Deleted “The ERP”.")).to_be_visible()
    assert not SavedView.objects.exists()
