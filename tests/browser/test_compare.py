"""The page that compares two versions: steps, folds, filters, deep links, graph, phone, print."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NO_FRAMES, Visit
from tests.browser.graph_pages import svg_text
from tests.integration.web.conftest import make_customer
from tests.integration.web.made_changes import an_edit
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.workflows.models import WorkflowExport

CODE = [f"line {number};" for number in range(40)]
PHONE = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}

type Compare = Callable[..., Page]


def before() -> dict[str, Any]:
    """Four tasks, each at a place of its own."""
    document = a_document(
        a_task("1", "Find invoices", parameters={"query": "SELECT Id\nFROM Invoice"}),
        a_task("2", "Compute", "Script::JavaScript", parameters={"code": "\n".join(CODE)}),
        a_task("3", "Tell the ERP", "Callout", parameters={"url": "https://erp.example.com/"}),
        a_task("4", "Remind", "Email"),
    )
    for place, task in enumerate(document["tasks"]):
        task["css"] = {"top": f"{place * 140}px", "left": "80px"}
    return document


def after() -> dict[str, Any]:
    """Compute and the settings are edited, the ERP is gone, Wait is new, Remind has moved."""
    document = deepcopy(before())
    document["workflow"]["interval"] = "0 5 * * *"
    first, script, _, remind = document["tasks"]
    script["parameters"]["code"] = "\n".join([*CODE[:20], "line twenty;", *CODE[21:]])
    wait = a_task("5", "Wait", "Delay", css={"top": "280px", "left": "400px"})
    remind["css"] = {"top": "420px", "left": "600px"}
    document["tasks"] = [first, script, wait, remind]
    document["linkages"] = a_document(*document["tasks"])["linkages"]
    return document


@pytest.fixture
def compare(visit: Visit) -> Compare:
    """Opens the page of `before` and `after`."""

    def show(size: dict[str, int] | None = None) -> Page:
        workflow = a_workflow(make_customer("Rossi"), "17", name="Dunning", document=before())
        [first] = WorkflowExport.objects.all()
        second = WorkflowExport.objects.create(
            customer=workflow.customer,
            workflow=workflow,
            workflow_zuora_id="17",
            content_hash="b" * 64,
            zuora_version="4",
            document=after(),
            first_seen_at=timezone.now(),
            last_seen_at=timezone.now(),
        )
        page = visit("")
        page.set_viewport_size(size or WIDE)  # type: ignore[arg-type]  # a TypedDict of these keys
        return visit(f"workflows/workflow/compare/?a={first.pk}&b={second.pk}")

    return show


def card(page: Page, name: str) -> Locator:
    return page.locator("article.zc-change", has=page.locator(".zc-name", has_text=name))


def place(page: Page) -> Locator:
    return page.locator("[data-compare-place]")


def is_current(change: Locator) -> None:
    expect(change).to_have_attribute("aria-current", "true")
    expect(change).to_be_focused()
    expect(change).to_be_in_viewport()
    tools = change.page.locator(".zc-tools").bounding_box()
    assert tools
    assert top(change) >= tools["y"] + tools["height"], "the tools cover the change"


def wait_for_graph(page: Page) -> None:
    page.locator("[data-workflow-graph]").scroll_into_view_if_needed()
    page.locator("[data-drawn]").wait_for(state="attached")


def test_keys_and_buttons_step_through_the_changes(compare: Compare) -> None:
    page = compare()
    expect(place(page)).to_have_text("– / 8")

    page.keyboard.press("n")
    is_current(page.locator("#settings"))
    expect(place(page)).to_have_text("1 / 8")
    page.keyboard.press("j")
    is_current(card(page, "Compute"))
    assert page.url.endswith("#task-2-2")
    page.get_by_role("button", name="Next").click()
    expect(place(page)).to_have_text("3 / 8")
    page.keyboard.press("p")
    page.keyboard.press("k")
    is_current(page.locator("#settings"))
    page.get_by_role("button", name="Previous").click()
    expect(place(page)).to_have_text("1 / 8")


def test_keys_typed_into_a_field_do_not_step(compare: Compare) -> None:
    page = compare()
    wait_for_graph(page)
    page.locator("[data-graph-search]").press_sequentially("njpk")

    expect(place(page)).to_have_text("– / 8")
    page.locator("#zc-a").focus()
    page.keyboard.press("n")
    expect(place(page)).to_have_text("– / 8")


def test_unchanged_lines_unfold_by_a_click(compare: Compare) -> None:
    page = compare()
    hidden = card(page, "Compute").get_by_text("line 3;", exact=True)
    expect(hidden.first).to_be_hidden()

    card(page, "Compute").get_by_text("17 unchanged lines").click()

    expect(hidden.first).to_be_visible()
    changed = card(page, "Compute").locator(".zc-differs")
    expect(changed.locator("del")).to_have_text("20")
    expect(changed.locator("ins")).to_have_text("twenty")


def test_filters_hide_kinds_and_the_switch_shows_moves(compare: Compare) -> None:
    page = compare()
    expect(card(page, "Remind")).to_be_hidden()
    page.get_by_label("Moved on the canvas (1)").check()
    expect(card(page, "Remind")).to_be_visible()
    expect(place(page)).to_have_text("– / 9")

    page.get_by_label("Removed (1)").uncheck()
    expect(card(page, "Tell the ERP")).to_be_hidden()
    page.get_by_label("Links (4)").uncheck()
    expect(page.get_by_role("heading", name="Links")).to_be_hidden()
    page.get_by_label("Settings (1)").uncheck()
    expect(page.locator("#settings")).to_be_hidden()
    expect(place(page)).to_have_text("– / 3")


def test_a_link_to_a_change_leads_there_even_if_it_is_hidden(compare: Compare) -> None:
    page = compare()
    page.goto(f"{page.url}#task-4-4")
    is_current(card(page, "Remind"))

    page.reload()
    is_current(card(page, "Remind"))
    page.goto(f"{page.url.partition('#')[0]}#nothing-of-that-name")
    expect(place(page)).to_have_text("5 / 9")


def test_the_view_is_side_by_side_or_inline(compare: Compare) -> None:
    page = compare()
    one, two = (card(page, "Compute").locator(f".zc-differs .zc-{side}") for side in SIDES)
    assert top(one) == top(two)

    page.get_by_label("Inline").check()
    assert top(one) < top(two)
    unchanged = card(page, "Compute").locator(".zc-same .zc-text", has_text="line 19;")
    expect(unchanged.filter(visible=True)).to_have_count(1)


SIDES = ("before", "after")


def top(cell: Locator) -> float:
    box = cell.bounding_box()
    assert box
    return box["y"]


def test_on_a_phone_lines_are_inline_and_nothing_sticks_out(compare: Compare) -> None:
    page = compare(PHONE)
    one, two = (card(page, "Compute").locator(f".zc-differs .zc-{side}") for side in SIDES)

    assert top(one) < top(two)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_graph_marks_tasks_by_sign_and_leads_to_their_changes(compare: Compare) -> None:
    page = compare()
    wait_for_graph(page)
    drawn = svg_text(page)
    for text in ("~ Compute", "+ Wait", "− Tell the ERP", "↔ Remind", ">Find invoices<"):
        assert text in drawn
    assert drawn.count("+ Success") == 2
    assert drawn.count("− Success") == 2

    page.get_by_text("Task list", exact=True).click()
    page.locator("[data-graph-open]", has_text="Tell the ERP").click()
    is_current(card(page, "Tell the ERP"))
    page.locator("[data-graph-open]", has_text="Find invoices").click()
    expect(page.locator("[data-graph-panel-title]")).to_have_text("Find invoices")


def test_a_click_on_a_task_of_the_graph_leads_to_its_change(compare: Compare) -> None:
    page = compare()
    wait_for_graph(page)
    canvas = page.locator("[data-graph-canvas]")
    canvas.focus()
    page.keyboard.press("ArrowDown")  # the first task
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    is_current(card(page, "Compute"))


def test_the_print_view_has_the_changes_and_no_tools(compare: Compare) -> None:
    page = compare()
    page.emulate_media(media="print")
    try:
        expect(card(page, "Compute")).to_be_visible()
        for hidden in ("#graph", ".zc-tools", "#nav-sidebar", "[data-compare-print]"):
            expect(page.locator(hidden)).to_be_hidden()
    finally:
        page.emulate_media(media="screen")


def test_without_scripts_everything_can_be_read(compare: Compare, page: Page) -> None:
    shown = compare()
    cookies = shown.context.cookies()
    assert page.context.browser
    context = page.context.browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]  # as the other context gave them
    plain = context.new_page()
    plain.goto(shown.url)

    expect(card(plain, "Compute").locator("ins")).to_have_text("twenty")
    card(plain, "Compute").get_by_text("17 unchanged lines").click()
    expect(card(plain, "Compute").get_by_text("line 3;", exact=True).first).to_be_visible()
    plain.get_by_label("Moved on the canvas (1)").check()
    expect(card(plain, "Remind")).to_be_visible()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_in_both_themes(compare: Compare, theme: str) -> None:
    page = compare()
    wait_for_graph(page)
    page.evaluate(
        f"document.documentElement.classList.toggle('dark', {str(theme == 'dark').lower()})"
    )

    found = Axe().run(page, context=".zc", options=NO_FRAMES)

    assert found.violations_count == 0, found.generate_report()


def test_two_versions_are_selected_in_the_history(compare: Compare, visit: Visit) -> None:
    compare()
    [first, second] = WorkflowExport.objects.order_by("pk")
    page = visit(f"workflows/workflow/{first.workflow_id}/change/?tab=history")
    page.get_by_role("radio", name="Before").nth(1).check()
    page.get_by_role("button", name="Compare selected").click()
    expect(page.locator(".zc-sentence")).to_contain_text("1 task edited")
    assert selected(page) == [str(first.pk), str(second.pk)]

    page.get_by_role("link", name="Swap before and after").click()
    expect(page.locator(".zc-sentence")).to_contain_text("1 task edited")
    assert selected(page) == [str(second.pk), str(first.pk)]


def selected(page: Page) -> list[str]:
    return [page.locator(f"#zc-{side}").input_value() for side in "ab"]


def test_from_the_dashboard_three_clicks_lead_to_the_changed_line(visit: Visit) -> None:
    workflow = a_workflow(make_customer("Rossi"), "17", name="Dunning", document=before())
    an_edit(workflow, before(), after(), changed_by="giulia.conti@example.com")

    page = visit("")
    page.get_by_role("link", name="1 task edited").click()
    step = page.locator("[data-compare-step='1']")
    step.click()  # the settings come first
    step.click()

    expect(page.get_by_text("line twenty;")).to_be_in_viewport()
