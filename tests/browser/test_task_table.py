"""The table of tasks on the page of a workflow: filtered by its words, sorted by its columns."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.mirrored import a_document, a_task, a_workflow


@pytest.fixture
def page(visit: Visit) -> Page:
    document = a_document(
        a_task("10", "Élan", "Email", priority="High"),
        a_task("9", "zebra", "Query", object="Invoice", priority="Low"),
        a_task("100", "Apple", "Query", object="Account", priority="Medium"),
        a_task("2", "banana", "Callout", call_type="REST"),
    )
    workflow = a_workflow(make_customer("Rossi"), "17", document=document)
    return visit(f"workflows/workflow/{workflow.pk}/change/?tab=tasks")


def names(page: Page) -> Locator:
    """Of the rows that can be seen, from above."""
    return page.locator("[data-table] tbody tr:visible td:first-child")


def sort_by(page: Page, column: str) -> None:
    page.locator("[data-table]").get_by_role("button", name=column).click()


def filter_by(page: Page, text: str) -> None:
    page.get_by_role("searchbox", name="Filter tasks").fill(text)


def test_the_filter_wants_all_words_of_any_column(page: Page) -> None:
    found = expect(page.locator("[data-table-found]"))
    sort_by(page, "Name")

    filter_by(page, "QUERY")
    expect(names(page)).to_have_text(["Apple", "zebra"])
    found.to_have_text("2 / 4")
    filter_by(page, "query invo")
    expect(names(page)).to_have_text(["zebra"])
    found.to_have_text("1 / 4")
    filter_by(page, "query email")
    expect(names(page)).to_have_count(0)
    found.to_have_text("0 / 4")
    filter_by(page, "")
    expect(names(page)).to_have_count(4)
    found.to_have_text("4 / 4")


def test_names_are_sorted_as_people_do_and_back_again(page: Page) -> None:
    header = page.locator("[data-table]").get_by_role("columnheader", name="Name")
    expect(header).to_have_attribute("aria-sort", "none")

    sort_by(page, "Name")
    expect(names(page)).to_have_text(["Apple", "banana", "Élan", "zebra"])
    expect(header).to_have_attribute("aria-sort", "ascending")
    sort_by(page, "Name")
    expect(names(page)).to_have_text(["zebra", "Élan", "banana", "Apple"])
    expect(header).to_have_attribute("aria-sort", "descending")


def test_ids_are_sorted_as_numbers_by_the_keyboard(page: Page) -> None:
    sort_by(page, "Name")
    page.locator("[data-table]").get_by_role("button", name="Zuora ID").focus()
    page.keyboard.press("Enter")

    expect(names(page)).to_have_text(["banana", "zebra", "Élan", "Apple"])
    headers = page.locator("[data-table] th[aria-sort=ascending]")
    expect(headers).to_have_text(["Zuora ID"])


def test_what_is_filtered_stays_so_when_sorted(page: Page) -> None:
    filter_by(page, "query")
    sort_by(page, "Object")
    expect(names(page)).to_have_text(["Apple", "zebra"])
    sort_by(page, "Object")
    expect(names(page)).to_have_text(["zebra", "Apple"])
