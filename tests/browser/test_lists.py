"""Lists: they fit the window, keep what the user chose, and show whole values on hover."""

import os
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_everybody import AXE, RUN, TURN_DARK
from tests.integration.web.made_world import make_world
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit.saved_views import LISTS
from workflow_mirror.web.models import SavedView
from workflow_mirror.workflows.models import Task, Workflow

# From 1281 pixels on, the menu is open beside the table and leaves it the least space.
DESKTOP = {"width": 1281, "height": 900}
PHONE = {"width": 390, "height": 800}
LONG = "Renewal notices for customers with a long name and several contracts "


@pytest.fixture
def filled(transactional_db: None) -> Customer:
    """Something in each list, with long names."""
    world = make_world()
    customer = world.rossi.customer
    Customer.objects.filter(pk=customer.pk).update(
        name="Aurora Telecomunicazioni S.p.A. di Reggio nell'Emilia", environment=LONG[:40]
    )
    Workflow.objects.update(
        name=LONG * 2, state="Active", version="0.0.12", export_error=LONG, draft_version="0.0.13"
    )
    Task.objects.update(name=LONG * 2, action_type="Export::DataQuery" * 3, object=LONG)
    JobRun.objects.update(error=LONG * 2, requested_by=f"schedule {LONG}")
    for number in range(40):
        Workflow.objects.create(customer=customer, zuora_id=f"9{number}", name=f"{LONG} {number}")
    return customer


@pytest.fixture
def show(filled: Customer, visit: Visit) -> Iterator[Visit]:
    opened: list[Page] = []

    def show_one(path: str) -> Page:
        page = visit(path)
        opened.append(page)
        return page

    yield show_one
    for page in opened[:1]:
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a TypedDict of these keys
        page.context.clear_cookies(name="django_language")


def path_of(page_key: str) -> str:
    return page_key.replace("_", "/", 1) + "/"


def speak(page: Page, language: str) -> None:
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("language", ["en", "it"])
def test_no_list_is_wider_than_a_window_of_1280_pixels(show: Visit, language: str) -> None:
    found = {}
    page = show("")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a TypedDict of these keys
    speak(page, language)
    for key in LISTS:
        show(path_of(key))
        expect(page.locator("#nav-sidebar-inner")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", language)
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/{language}-{key}.png")
        widths = page.evaluate(
            """() => [document.documentElement, document.querySelector(".zl-table")]
            .map((part) => part.scrollWidth - part.clientWidth)"""
        )
        if widths != [0, 0]:
            found[key] = widths
    assert found == {}


def test_each_row_is_one_line_and_a_cut_value_is_whole_on_hover(show: Visit) -> None:
    page = show("workflows/workflow/")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a TypedDict of these keys
    heights = page.evaluate(
        """() => [...document.querySelectorAll("#result_list tbody tr")]
        .map((row) => row.offsetHeight)"""
    )
    assert len(heights) == 25
    assert max(heights) < 45
    cell = page.locator("#result_list tbody tr").first.locator(".field-shown_name")
    assert cell.get_attribute("title") is None
    cell.hover()
    expect(cell).to_have_attribute("title", f"{LONG} 0".replace("  ", " "))
    expect(page.locator("#result_list tbody tr .field-shown_tasks").first).not_to_have_attribute(
        "title", "0"
    )


def test_header_and_first_column_stay_while_the_table_scrolls(show: Visit) -> None:
    page = show(f"workflows/workflow/?cols={','.join(EVERY)}")
    page.set_viewport_size({"width": 800, "height": 700})
    table = page.locator(".zl-table")
    before = boxes(page)
    table.evaluate("(part) => part.scrollBy(300, 200)")
    assert table.evaluate("(part) => [part.scrollLeft > 100, part.scrollTop > 100]") == [True] * 2
    after = boxes(page)
    assert after["name"] == before["name"]  # the header of the first column
    assert after["first"] == before["first"]
    assert after["last"] != before["last"]
    # Nothing of the other columns is seen through them.
    on_top = page.evaluate(
        """() => {
          const box = document.querySelector("th.column-name").getBoundingClientRect();
          const found = document.elementFromPoint(box.x + box.width - 4, box.y + box.height / 2);
          return found.closest("th").className;
        }"""
    )
    assert on_top == "column-name"


EVERY = [
    "customer", "zuora_id", "state", "version", "triggers", "interval", "tasks", "updated_on",
    "last_synced_at", "export_error",
]  # fmt: skip


def boxes(page: Page) -> dict[str, list[int]]:
    """Left and top of a header, of the first column in sight, and of the last column."""
    found: dict[str, list[int]] = page.evaluate(
        """() => {
          const place = (part) => {
            const box = part.getBoundingClientRect();
            return [Math.round(box.x), Math.round(box.y)];
          };
          const header = (name) => document.querySelector(`th.column-${name}`);
          const first = document.querySelector("#result_list tbody .field-shown_name");
          return {
            name: place(header("name")),
            first: [place(first)[0]],
            last: place(header("export_error")),
          };
        }"""
    )
    return found


def headers(page: Page) -> list[str]:
    return page.locator("#result_list thead th:not(.action-checkbox-column)").all_inner_texts()


def sort_of(page: Page, column: str) -> str | None:
    return page.locator(f"th.column-{column}").get_attribute("aria-sort")


def open_menu(page: Page, name: str) -> Locator:
    menu = page.locator("[data-menu]", has=page.locator("summary", has_text=name))
    menu.locator("summary").click()
    return menu


def follow(page: Page, where: Locator) -> None:
    with page.expect_navigation():
        where.click()


def test_columns_are_chosen_and_moved_in_their_menu(show: Visit) -> None:
    page = show("workflows/task/")
    assert headers(page)[:3] == ["Name", "Workflow", "Customer"]
    menu = open_menu(page, "Columns")
    menu.get_by_label("Workflow", exact=True).uncheck()
    menu.get_by_role("button", name="Move Customer down").click()
    menu.get_by_role("button", name="Move Customer down").press("Enter")
    expect(menu.get_by_role("button", name="Move Customer down")).to_be_focused()
    follow(page, menu.get_by_role("button", name="Apply"))
    assert headers(page) == [
        "Name", "Action type", "Object", "Customer", "Call type", "Zuora ID",
    ]  # fmt: skip
    menu = open_menu(page, "Columns")
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="Apply")).to_be_hidden()
    open_menu(page, "Columns")
    follow(page, menu.get_by_role("button", name="Reset"))
    assert headers(page)[1] == "Workflow"


def test_a_filter_is_removed_by_its_chip_and_the_customer_stays(
    show: Visit, filled: Customer
) -> None:
    page = show("workflows/workflow/?state=Active&export=failed")
    chips = page.locator(".zl-chip")
    expect(chips).to_have_count(2)
    follow(page, chips.first.get_by_role("link", name="Remove filter: Status"))
    expect(chips).to_have_count(1)
    expect(chips).to_contain_text("Export: Failed")
    with page.expect_navigation():
        page.locator(".zl-customer select").select_option(str(filled.pk))
    expect(chips).to_have_count(1)
    follow(page, page.locator("[data-clear-filters]"))
    expect(chips).to_have_count(0)
    chosen = page.locator(".zl-customer select")
    expect(chosen).to_have_value(str(filled.pk))
    show("jobs/jobrun/")
    expect(chosen).to_have_value(str(filled.pk))
    follow(page, page.get_by_role("button", name="Show all customers"))
    expect(chosen).to_have_value("")


def test_a_view_is_saved_made_the_default_and_left_again(show: Visit) -> None:
    page = show("workflows/workflow/?o=-name&state=Active")
    menu = open_menu(page, "Views")
    menu.get_by_label("Save this view as").fill("Mine")
    follow(page, menu.get_by_role("button", name="Save"))
    open_menu(page, "Views")
    follow(page, menu.get_by_role("button", name="Make default: Mine"))
    show("workflows/workflow/")
    expect(page.locator(".zl-chip")).to_contain_text("Status: Active")
    assert sort_of(page, "name") == "descending"
    open_menu(page, "Views")
    follow(page, menu.get_by_role("link", name="Show all"))
    expect(page.locator(".zl-chip")).to_have_count(0)


def test_a_phone_shows_a_list_without_moving_the_page_sideways(show: Visit) -> None:
    page = show("")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a TypedDict of these keys
    found = {}
    for key in LISTS:
        show(path_of(key))
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/phone-{key}.png")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            found[key] = width
    assert found == {}


@pytest.mark.parametrize("width", [1280, 390])
def test_a_menu_stays_inside_the_window(show: Visit, width: int) -> None:
    page = show("")
    page.set_viewport_size({"width": width, "height": 900})
    speak(page, "it")
    owner = User.objects.get(is_superuser=True)
    SavedView.objects.create(owner=owner, page="workflows_workflow", name=LONG, query="o=name")
    show("workflows/workflow/")
    for name in ("Viste", "Colonne"):
        panel = open_menu(page, name).locator("> :not(summary)")
        expect(panel).to_be_in_viewport(ratio=1)
        page.keyboard.press("Escape")


def test_the_bar_of_actions_is_readable_in_both_themes(show: Visit) -> None:
    page = show("workflows/workflow/")
    page.locator("input.action-select").first.check()
    expect(page.locator("#changelist-actions")).to_be_visible()
    page.evaluate(AXE)
    assert page.evaluate(RUN, ["color-contrast"]) == []
    page.evaluate(TURN_DARK)
    assert page.evaluate(RUN, ["color-contrast"]) == []
