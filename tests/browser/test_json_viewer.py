"""The document on the page of a workflow: folded, searched, copied, downloaded, and very large."""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.mirrored import a_document, a_task, a_workflow

EVIL = "<img src=x onerror=alert(1)>"
ABOVE_FLOATS = 9007199254740993
MANY = 450
USABLE = 15_000  # milliseconds
MEGABYTE = 1_000_000

type Open = Callable[[Any], Page]


@pytest.fixture
def open_document(visit: Visit) -> Open:
    """The tab with the export of a workflow."""

    def open_one(document: Any) -> Page:
        workflow = a_workflow(make_customer("Rossi"), "17", name="Dunning", document=document)
        return visit(f"workflows/workflow/{workflow.pk}/change/?tab=json")

    return open_one


def dunning() -> dict[str, Any]:
    query = {"object": "Invoice", "limit": ABOVE_FLOATS, "fields": {"text": EVIL, "none": None}}
    return a_document(
        a_task("1", "Find invoices", parameters=query),
        a_task("2", "Remind", "Email", parameters={"to": ["a@example.com", "b@example.com"]}),
    )


def long_list() -> dict[str, Any]:
    values = [f"value {number}" for number in range(MANY)]
    return a_document(a_task("1", "Find", parameters={"values": values}))


def large() -> dict[str, Any]:
    """Four megabytes, as exports have them: tasks with long scripts and many small parameters."""
    script = "for invoice in invoices { remind(invoice); }\n" * 1000
    fields = {f"field {number}": {"on": True, "text": "x" * 20} for number in range(400)}
    tasks = [
        a_task(str(number), f"Task {number}", parameters={"script": script, "fields": fields})
        for number in range(60)
    ]
    tasks[-1]["parameters"]["last"] = "the needle"
    return a_document(*tasks)


def tree_of(page: Page) -> Locator:
    return page.get_by_role("group", name="Document")


def branch(page: Page, key: str) -> Locator:
    """The line of an object or a list."""
    return tree_of(page).locator("summary", has_text=key).first


def search(page: Page, text: str) -> None:
    page.get_by_role("searchbox", name="Search JSON").fill(text)
    page.keyboard.press("Enter")


def told(page: Page) -> Any:
    return expect(page.locator("[data-json-found]"))


def downloaded(page: Page) -> str:
    with page.expect_download() as download:
        page.locator("#json").get_by_role("link", name="Download").click()
    assert re.fullmatch(r"rossi-17-dunning-\w{12}\.json", download.value.suggested_filename)
    return Path(download.value.path()).read_text()


def test_a_folded_object_shows_how_much_is_in_it(open_document: Open) -> None:
    page = open_document(dunning())

    expect(tree_of(page).locator("summary:visible")).to_have_text(
        ["{3}", "tasks: [2]", "linkages: [2]", "workflow: {2}"]
    )


def test_the_document_is_fetched_by_its_own_tab_alone(visit: Visit) -> None:
    workflow = a_workflow(make_customer("Rossi"), "17", document=dunning())
    page = visit("password_change/")
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/json/"):
            asked.append(request.url)

    page.on("request", note)
    visit(f"workflows/workflow/{workflow.pk}/change/")
    expect(tree_of(page)).to_have_count(0)
    assert asked == []
    page.get_by_role("link", name="JSON", exact=True).click()
    expect(tree_of(page)).to_be_visible()
    assert len(asked) == 1
    page.remove_listener("request", note)


def test_objects_are_unfolded_by_mouse_and_keyboard_and_folded_again(open_document: Open) -> None:
    page = open_document(dunning())
    name = tree_of(page).get_by_text("Find invoices")
    branch(page, "tasks: ").click()
    expect(name).to_have_count(0)
    branch(page, "0: ").focus()
    page.keyboard.press("Enter")
    expect(name).to_be_visible()
    page.keyboard.press("Enter")
    expect(name).to_be_hidden()

    page.get_by_role("button", name="Collapse all").click()
    expect(tree_of(page).locator("summary:visible")).to_have_count(4)


def test_what_a_document_holds_is_shown_exactly_and_never_as_markup(open_document: Open) -> None:
    page = open_document(dunning())
    search(page, "onerror")

    expect(tree_of(page).locator(".zw-value", has_text=EVIL)).to_have_text(EVIL)
    expect(tree_of(page).locator("img")).to_have_count(0)
    expect(tree_of(page)).to_contain_text("none: null")
    search(page, "limit")
    expect(tree_of(page).locator(".zw-hit")).to_have_text(f"limit: {ABOVE_FLOATS}")


@pytest.mark.parametrize(
    "number", ["0.12345678901234567891234", "12345678901234567890.12", "-0.5", "1234.5"]
)
def test_a_decimal_is_shown_with_all_its_digits(open_document: Open, number: str) -> None:
    page = open_document(a_document(a_task("1", "Find", parameters={"share": Decimal(number)})))

    search(page, "share")

    expect(tree_of(page).locator(".zw-hit")).to_have_text(f"share: {number}")
    search(page, number)
    told(page).to_have_text("1 / 1 found")


def test_a_search_unfolds_marks_and_goes_round(open_document: Open) -> None:
    page = open_document(dunning())
    hit = tree_of(page).locator(".zw-hit")

    search(page, "EXAMPLE.com")
    told(page).to_have_text("1 / 2 found")
    expect(hit).to_have_text("0: a@example.com")
    expect(hit).to_be_in_viewport()
    page.get_by_role("button", name="Next").click()
    told(page).to_have_text("2 / 2 found")
    expect(hit).to_have_text("1: b@example.com")
    page.get_by_role("button", name="Next").click()
    told(page).to_have_text("1 / 2 found")
    expect(hit).to_have_text("0: a@example.com")
    search(page, "fields")
    told(page).to_have_text("1 / 1 found")
    expect(hit).to_have_text("fields: {2}")
    search(page, "nothing like it")
    told(page).to_have_text("Not found")


def test_a_long_list_is_drawn_in_portions(open_document: Open) -> None:
    page = open_document(long_list())
    lines = tree_of(page).locator(".zw-value", has_text="value ")
    for key in ("tasks: ", "0: ", "parameters: ", "values: "):
        branch(page, key).click()

    expect(lines).to_have_count(200)
    page.get_by_role("button", name="250 more").click()
    expect(lines).to_have_count(400)
    page.get_by_role("button", name="50 more").click()
    expect(lines).to_have_count(MANY)
    expect(page.get_by_role("button", name="more")).to_have_count(0)


def test_a_search_reaches_what_is_not_drawn_yet(open_document: Open) -> None:
    page = open_document(long_list())
    search(page, "value 333")

    hit = tree_of(page).locator(".zw-hit")
    expect(hit).to_have_text("333: value 333")
    expect(hit).to_be_in_viewport()
    page.get_by_role("button", name="116 more").click()
    assert tree_of(page).locator(".zw-value", has_text="value ").all_inner_texts() == [
        f"value {number}" for number in range(MANY)
    ]


def test_the_copy_and_the_download_are_the_document(open_document: Open) -> None:
    page = open_document(dunning())
    page.get_by_role("button", name="Copy", exact=True).click()
    told(page).to_have_text("Copied")

    copied = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(copied) == dunning()
    assert downloaded(page) == copied


def test_a_document_that_fails_to_load_says_so(visit: Visit, console: list[str]) -> None:
    workflow = a_workflow(make_customer("Rossi"), "17", document=dunning())
    page = visit("password_change/")
    page.route("**/json/", lambda route: route.fulfill(status=404))
    visit(f"workflows/workflow/{workflow.pk}/change/?tab=json")

    expect(page.locator("#json")).to_contain_text("could not be loaded")
    expect(tree_of(page)).to_be_hidden()
    assert any("404" in line for line in console)
    page.unroute("**/json/")
    console.clear()


def test_a_document_of_megabytes_is_usable_at_once(open_document: Open) -> None:
    document = large()
    page = open_document(document)

    branch(page, "tasks: ").click(timeout=USABLE)
    expect(branch(page, "59: ")).to_be_visible(timeout=USABLE)
    search(page, "the needle")
    expect(tree_of(page).locator(".zw-hit")).to_have_text("last: the needle", timeout=USABLE)
    told(page).to_have_text("1 / 1 found")
    # What is folded is not there at all: that is what keeps the page quick.
    assert tree_of(page).locator("*").count() < 2000
    text = downloaded(page)
    assert len(text) > 4 * MEGABYTE
    assert json.loads(text) == document
