"""The graph in a real browser: what is drawn, reached by mouse and keyboard, and downloaded."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import NO_FRAMES
from tests.browser.graph_pages import (
    GraphPages,
    at,
    link,
    serve_graph,
    show,
    status,
    svg_text,
    task,
)
from workflow_mirror.fake_zuora.exports import Recipe, generate

SVG = "{http://www.w3.org/2000/svg}"
EVIL = '<img src=x onerror="alert(1)">]]>&'


@pytest.fixture(scope="module")
def served() -> Iterator[GraphPages]:
    with serve_graph() as pages:
        yield pages


@pytest.fixture
def pages(served: GraphPages) -> GraphPages:
    served.document, served.details_status, served.asked = None, 200, []
    return served


def dunning() -> dict[str, Any]:
    """A fork: whether an invoice is paid, an e-mail or a callout."""
    call = {"url": "https://erp.example/", "body": '{"a": [1, 2]}', "liquid": "{% if x %}\nyes"}
    return {
        "workflow": {"id": 9, "name": "Dunning"},
        "tasks": [
            task(1, "Find invoices", css=at(200, 100)),
            task(2, "Paid?", "If", css=at(200, 240)),
            task(3, "Remind", "Email", css=at(80, 380)),
            task(4, "Tell the ERP", "Callout", css=at(320, 380), parameters=call),
        ],
        "linkages": [
            link(None, 1, "Start"),
            link(1, 2, "Success"),
            link(2, 3, "False"),
            link(2, 4, "True"),
        ],
    }


def generated(tasks: int) -> dict[str, Any]:
    made, linkages = generate(Recipe(seed=5, tasks=tasks, first_task_id=849, version_id=9))
    return {"workflow": {"id": 9}, "tasks": made, "linkages": linkages}


def svg_of(page: Page) -> ET.Element:
    return ET.fromstring(svg_text(page))  # noqa: S314 - our own file


def texts(svg: ET.Element) -> list[str]:
    return [text.text or "" for text in svg.iter(f"{SVG}text")]


def places(svg: ET.Element) -> dict[str, str]:
    """Where each node stands, by its name."""
    found = {g.findtext(f"{SVG}title"): g.get("transform", "") for g in svg.iter(f"{SVG}g")}
    return {name: place for name, place in found.items() if name}


def focus_canvas(page: Page) -> None:
    page.get_by_role("application").focus()


def picture(page: Page) -> bytes:
    """The pixels once nothing moves any more: Cytoscape draws a moving picture coarser."""
    page.wait_for_timeout(400)
    return page.get_by_role("application").screenshot()


def zoom(page: Page) -> int:
    return int(page.locator("[data-graph-zoom]").inner_text().removesuffix("%"))


def said(page: Page) -> Any:
    return expect(page.locator("[data-graph-said]"))


def panel_title(page: Page) -> Any:
    return expect(page.locator("[data-graph-panel-title]"))


def test_tasks_edges_and_marks_are_drawn(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())

    drawn = texts(svg_of(page))
    assert drawn[:4] == ["Start", "Success", "False", "True"]
    assert {"Workflow", "Find invoices", "▶ Query", "Paid?", "If", "Remind", "Email ■"} <= set(
        drawn
    )


def test_the_legend_shows_the_families_that_are_there(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())

    legend = page.get_by_role("list", name="Legend")
    expect(legend).to_contain_text("Reading data Query")
    expect(legend).to_contain_text("Calls to other systems Callout")
    expect(legend).not_to_contain_text("Billing")
    shapes = {path.get_attribute("d") for path in legend.locator("[data-graph-swatch] path").all()}
    assert len(shapes) == 4


def test_the_layout_is_switched(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    in_zuora = places(svg_of(page))
    page.get_by_text("Automatic").click()
    status(page).to_be_empty()
    automatic = places(svg_of(page))
    page.get_by_text("As in Zuora").click()

    # Zuora gives the upper left corner: half a node is added.
    assert in_zuora["Find invoices"] == "translate(294 131)"
    assert automatic != in_zuora
    assert places(svg_of(page)) == in_zuora


def test_without_positions_there_is_no_switch(page: Page, pages: GraphPages) -> None:
    document = dunning()
    for entry in document["tasks"]:
        del entry["css"]
    show(page, pages, document)

    expect(page.get_by_text("As in Zuora")).to_have_count(0)
    assert len(places(svg_of(page))) == 5


def test_a_click_opens_the_details(page: Page, pages: GraphPages) -> None:
    show(page, pages, {**dunning(), "tasks": dunning()["tasks"][3:], "linkages": []})
    page.get_by_role("application").click()

    panel_title(page).to_have_text("Tell the ERP")
    panel = page.get_by_role("complementary")
    expect(panel).to_contain_text("https://erp.example/")
    assert panel.locator("pre").last.inner_text() == "{% if x %}\nyes"
    folded = panel.locator("details")
    expect(folded.locator("pre")).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("pre")).to_have_text('{\n  "a": [\n    1,\n    2\n  ]\n}')
    assert pages.asked == ["4"]


def test_details_that_fail_to_load_say_so(
    page: Page, pages: GraphPages, console: list[str]
) -> None:
    show(page, pages, dunning())
    pages.details_status = 500
    focus_canvas(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("complementary")).to_contain_text("could not be loaded")
    assert any("500" in line for line in console)
    console.clear()


def test_the_arrow_keys_move_along_the_edges(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    focus_canvas(page)

    for key, name in [
        ("ArrowDown", "Find invoices, Query, Start, Downstream: Success: Paid?"),
        ("ArrowDown", "Paid?, If"),
        ("ArrowDown", "Remind"),
        ("ArrowRight", "Tell the ERP, Callout, End, Downstream: none"),
        ("ArrowLeft", "Remind"),
        ("ArrowUp", "Paid?"),
    ]:
        page.keyboard.press(key)
        said(page).to_contain_text(name)


def test_enter_opens_escape_closes_and_the_panel_leads_on(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    focus_canvas(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("[data-graph-panel-title]")).to_be_focused()
    page.get_by_role("complementary").get_by_role("button", name="Paid?").click()
    panel_title(page).to_have_text("Paid?")
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_be_hidden()
    expect(page.get_by_role("application")).to_be_focused()


def test_plus_minus_and_zero_zoom(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    focus_canvas(page)
    zooms = []
    for key in ("0", "+", "0", "-", "0"):
        page.keyboard.press(key)
        zooms.append(zoom(page))

    fitted, nearer, again, farther, once_more = zooms
    assert farther < fitted < nearer
    assert fitted == again == once_more


def test_the_buttons_zoom_and_fit(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    zooms = []
    for name in ("Fit", "Zoom in", "Fit", "Zoom out"):
        page.get_by_role("button", name=name).click()
        zooms.append(zoom(page))

    assert zooms[3] < zooms[0] == zooms[2] < zooms[1]


def test_the_picture_is_dragged(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    canvas = page.get_by_role("application")
    focus_canvas(page)
    before = picture(page)
    box = canvas.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    page.mouse.up()

    assert picture(page) != before


def test_the_search_suggests_and_jumps(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    focus_canvas(page)
    page.keyboard.press("/")
    search = page.get_by_role("combobox", name="Find a task")
    expect(search).to_be_focused()

    suggestions = page.locator("[data-graph-suggestions] option")
    assert [option.get_attribute("value") for option in suggestions.all()][3] == "Tell the ERP (4)"
    search.fill("erp")
    page.keyboard.press("Enter")
    said(page).to_contain_text("Tell the ERP")
    expect(page.locator("[data-graph-found]")).to_have_text("1 of 1")
    search.fill("Remind (3)")
    said(page).to_contain_text("Remind")
    search.fill("nothing like it")
    expect(page.locator("[data-graph-found]")).to_have_text("No task found")


def test_the_list_says_it_all_without_the_picture(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    page.get_by_text("Task list", exact=True).click()

    entry = page.locator(".wg-list > li").filter(has_text="Paid?").nth(1)
    expect(entry.locator("li")).to_have_text(["False → Remind", "True → Tell the ERP"])
    entry.get_by_role("button", name="Paid?").click()
    panel_title(page).to_have_text("Paid?")


def test_what_zuora_says_is_never_markup(page: Page, pages: GraphPages) -> None:
    odd = task(1, EVIL + "\0\x1f", EVIL, parameters={EVIL: EVIL, "text": f"{EVIL}\n</pre>"})
    show(page, pages, {"tasks": [odd], "linkages": [link(None, 1, "</script>" + EVIL)]})
    focus_canvas(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("complementary")).to_contain_text(
        f"{EVIL}\n</pre>", use_inner_text=True
    )
    expect(page.locator("img")).to_have_count(0)
    assert "</script>" + EVIL in texts(svg_of(page))


def test_png_is_downloaded_under_a_safe_name(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as PNG").click()

    assert download.value.suggested_filename == "sollecito-bab.png"
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_what_is_odd_is_shown(page: Page, pages: GraphPages) -> None:
    document = dunning()
    document["tasks"] += [task(5, "New", "Brand::New"), task(6, "Alone")]
    document["linkages"] += [
        link(4, 2, "Failure"),
        link(3, 3, "For Each"),
        link(3, 404, "Success"),
        link(1, 2, "Success"),
    ]
    show(page, pages, document)

    drawn = texts(svg_of(page))
    assert {"Missing task 404", "◇ Brand::New ■", "◇ Query ■", "For Each", "Success ×2"} <= set(
        drawn
    )
    troubles = page.locator(".wg-warnings")
    for said_of in (
        "Links point to 1 missing task",
        "1 link is",
        "2 tasks are unreachable",
        "unknown type",
        "part of a cycle",
    ):
        expect(troubles).to_contain_text(said_of)


def test_without_linkages_no_edge_is_drawn(page: Page, pages: GraphPages) -> None:
    show(page, pages, {**dunning(), "linkages": []})

    svg = svg_of(page)
    assert len(places(svg)) == 4
    assert len(list(svg.iter(f"{SVG}path"))) == 4
    expect(page.locator(".wg-warnings")).to_contain_text("no links between tasks")


@pytest.mark.parametrize(
    ("document", "text"),
    [(None, "No export yet"), ({"tasks": []}, "has no tasks"), ("x", "no tasks")],
)
def test_no_graph_says_why(page: Page, pages: GraphPages, document: Any, text: str) -> None:
    pages.document = document
    page.goto(pages.url)

    expect(page.locator(".wg-warnings")).to_contain_text(text)
    expect(page.get_by_role("application")).to_have_count(0)


def test_the_dark_theme_is_followed_at_once(page: Page, pages: GraphPages) -> None:
    show(page, pages, dunning())
    light = svg_of(page).find(f"{SVG}rect")
    page.evaluate("document.documentElement.classList.add('dark')")
    dark = svg_of(page).find(f"{SVG}rect")

    assert light is not None
    assert dark is not None
    assert (light.get("fill"), dark.get("fill")) == ("#ffffff", "#111827")


@pytest.mark.parametrize("layout", ["As in Zuora", "Automatic"])
def test_three_hundred_tasks_are_drawn(page: Page, pages: GraphPages, layout: str) -> None:
    show(page, pages, generated(300))
    page.get_by_text(layout).click()
    status(page).to_be_empty()

    assert len(list(svg_of(page).iter(f"{SVG}title"))) == 301
    measured = page.evaluate("performance.getEntriesByName('graph')[0].duration")
    assert measured > 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, pages: GraphPages, theme: str) -> None:
    document = dunning()
    document["linkages"] += [link(3, 404, "Success"), link(4, 2, "Failure")]
    show(page, pages, document)
    page.evaluate("theme => document.documentElement.classList.add(theme)", theme)
    focus_canvas(page)
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("complementary")).to_contain_text("erp.example")
    page.get_by_text("Task list", exact=True).click()

    found = Axe().run(page, options=NO_FRAMES)
    assert json.dumps(found.response["violations"], indent=1) == "[]"
