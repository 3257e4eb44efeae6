"""The button next to a Zuora ID, in the list of workflows and on the page of one."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.mirrored import a_workflow

ID = "8ad08d2989bd1ec60189c7a9b2b52f3e"
LIST = "workflows/workflow/"
# What a page has that came by http from another machine.
WITHOUT_CLIPBOARD = "Object.defineProperty(navigator, 'clipboard', { value: undefined })"


@pytest.fixture
def workflow_page() -> str:
    customer = make_customer("Rossi")
    a_workflow(customer, "4711", name="Another")
    return f"{LIST}{a_workflow(customer, ID).pk}/change/"


def button(page: Page) -> Locator:
    return page.get_by_role("button", name=f"Copy {ID}")


def copied(page: Page) -> str:
    return str(page.evaluate("navigator.clipboard.readText()"))


def copy_something_else(page: Page) -> None:
    page.evaluate("navigator.clipboard.writeText('something else')")


def test_a_click_in_the_list_copies_and_says_so_for_a_moment(
    visit: Visit, workflow_page: str
) -> None:
    page = visit(f"{LIST}?cols=name,zuora_id")
    copy_something_else(page)
    button(page).click()
    expect(button(page)).to_have_text("check")
    assert copied(page) == ID
    expect(button(page)).to_have_text("content_copy")


def test_the_page_of_a_workflow_copies_by_the_keyboard(visit: Visit, workflow_page: str) -> None:
    page = visit(workflow_page)
    copy_something_else(page)
    button(page).focus()
    page.keyboard.press("Enter")
    expect(button(page)).to_have_text("check")
    assert copied(page) == ID


def test_without_https_it_is_copied_too(visit: Visit, workflow_page: str) -> None:
    page = visit(f"{LIST}?cols=name,zuora_id")
    copy_something_else(page)
    page.evaluate(WITHOUT_CLIPBOARD)
    button(page).click()
    expect(button(page)).to_have_text("check")
    expect(page.locator("body > textarea")).to_have_count(0)
    page.reload()
    assert copied(page) == ID
