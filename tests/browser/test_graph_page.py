"""The graph: paths, collapsed tasks, lanes of failures, the minimap, the address and print."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import NO_FRAMES
from tests.browser.graph_pages import GraphPages, link, serve_graph, show, status, svg_text, task
from workflow_mirror.fake_zuora.exports import Recipe, generate


@pytest.fixture(scope="module")
def served() -> Iterator[GraphPages]:
    with serve_graph() as pages:
        yield pages


@pytest.fixture
def pages(served: GraphPages) -> GraphPages:
    served.document, served.details_status, served.asked = None, 200, []
    return served


def fork() -> dict[str, Any]:
    """1 → 2 → 3 and 4 → 5, which both lead to; 3 also to 6; each task of the middle fails to 7."""
    steps = [(1, 2), (2, 3), (2, 4), (3, 5), (4, 5), (3, 6)]
    links = [link(None, 1, "Start"), *(link(one, two, "Success") for one, two in steps)]
    failures = [link(number, 7, "Failure") for number in (2, 3, 4)]
    tasks = [task(number, f"Step {number}") for number in range(1, 8)]
    return {"workflow": {"id": 9}, "tasks": tasks, "linkages": [*links, *failures]}


def large(tasks: int) -> dict[str, Any]:
    made, linkages = generate(Recipe(seed=5, tasks=tasks, first_task_id=849, version_id=9))
    return {"workflow": {"id": 9}, "tasks": made, "linkages": linkages}


def drawn(page: Page) -> set[str]:
    return set(re.findall(r"<title>(Step \d+)</title>", svg_text(page)))


def select(page: Page, name: str) -> None:
    search = page.get_by_role("combobox", name="Find a task")
    search.fill(name)
    search.press("Enter")
    page.get_by_role("application").focus()


def task_in(page: Page) -> list[str] | None:
    return parse_qs(urlsplit(page.url).query).get("task")


def zoom(page: Page) -> int:
    return int(page.locator("[data-graph-zoom]").inner_text().removesuffix("%"))


def picture(page: Page) -> bytes:
    page.wait_for_timeout(400)
    return page.get_by_role("application").screenshot()


def faded(page: Page) -> set[str]:
    return set(re.findall(r'opacity="0.3"><title>([^<]+)</title>', svg_text(page)))


def edge_colours(page: Page) -> dict[str, int]:
    """How many edges have each colour."""
    return dict(Counter(re.findall(r'fill="none" stroke="([^"]+)"', svg_text(page))))


type Way = list[tuple[float, float]]


def ways(page: Page) -> dict[tuple[str, int], Way]:
    """The corners of each edge that has any, by its label and its place in the file."""
    groups = re.findall(r'<g><path d="(M[^"]+)".*?</g>', svg_text(page))
    labels = re.findall(r"<g><path d=\"M.*?(?:>([^<>]*)</text>)?</g>", svg_text(page))
    return {
        (label, number): [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([-\d.]+)", way)]
        for number, (way, label) in enumerate(zip(groups, labels, strict=True))
    }


def stretches(way: Way) -> Iterator[tuple[str, float, float, float]]:
    """The upright and level pieces: direction, where, from, to."""
    for (x1, y1), (x2, y2) in pairwise(way):
        if x1 == x2 and y1 != y2:
            yield "down", x1, min(y1, y2), max(y1, y2)
        elif y1 == y2 and x1 != x2:
            yield "across", y1, min(x1, x2), max(x1, x2)


def share_a_stretch(one: Way, two: Way) -> bool:
    return any(
        a[0] == b[0] and abs(a[1] - b[1]) < 3 and min(a[3], b[3]) - max(a[2], b[2]) > 3
        for a in stretches(one)
        for b in stretches(two)
    )


def failing(targets: int) -> dict[str, Any]:
    """A chain of 8 steps, each of which fails to one of some handlers."""
    handlers = range(101, 101 + targets)
    steps = [link(one, one + 1, "Success") for one in range(1, 8)]
    fails = [link(one, 101 + one % targets, "Failure") for one in range(1, 9)]
    tasks = [task(number, f"Step {number}") for number in (*range(1, 9), *handlers)]
    return {
        "workflow": {"id": 9},
        "tasks": tasks,
        "linkages": [link(None, 1, "Start"), *steps, *fails],
    }


@pytest.mark.parametrize("targets", [1, 3])
def test_failures_have_lanes_that_no_other_edge_uses(
    page: Page, pages: GraphPages, targets: int
) -> None:
    show(page, pages, failing(targets))
    found = ways(page)

    failures = {key: way for key, way in found.items() if key[0] == "Failure"}
    assert len(failures) == 8
    assert all(len(way) >= 4 for way in failures.values())
    others = [way for key, way in found.items() if key not in failures]
    assert [
        key for key, way in failures.items() if any(share_a_stretch(way, o) for o in others)
    ] == []


def test_failures_share_a_lane_only_if_they_lead_to_the_same_task(
    page: Page, pages: GraphPages
) -> None:
    show(page, pages, failing(3))
    failures = [way for (label, _), way in ways(page).items() if label == "Failure"]

    for one, two in combinations(failures, 2):
        if one[-1] != two[-1]:
            assert not share_a_stretch(one, two)


def test_a_success_and_a_failure_to_the_same_task_are_two_ways(
    page: Page, pages: GraphPages
) -> None:
    links = [link(None, 1, "Start"), link(1, 2, "Success"), link(1, 2, "Failure")]
    document = {"tasks": [task(1, "Step 1"), task(2, "Step 2")], "linkages": links}
    show(page, pages, document)
    found = {label: way for (label, _), way in ways(page).items()}

    assert len(found["Success"]) == 2
    assert len(found["Failure"]) == 4


def test_the_whole_path_of_the_selected_task_is_highlighted(page: Page, pages: GraphPages) -> None:
    show(page, pages, fork())
    select(page, "Step 3")

    assert faded(page) == {"Step 4"}
    colours = edge_colours(page)
    # Three lead to it, and three follow; the others are 2 to 4, 4 to 5, and two failures.
    assert sorted(colours.values()) == [2, 2, 3, 3]
    page.keyboard.press("Escape")
    assert faded(page) == set()
    assert sorted(edge_colours(page).values()) == [3, 7]  # failures, others


def test_what_only_a_collapsed_task_leads_to_is_hidden(page: Page, pages: GraphPages) -> None:
    show(page, pages, fork())
    every = drawn(page)
    select(page, "Step 3")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Collapse downstream (1)").click()
    status(page).to_be_empty()

    # Step 5 and 7 follow Step 4, too.
    assert drawn(page) == every - {"Step 6"}
    assert "⊞ 1 Query" in svg_text(page)
    page.get_by_role("button", name="Expand (1)").click()
    status(page).to_be_empty()
    assert drawn(page) == every
    assert "⊞" not in svg_text(page)


def test_tasks_are_collapsed_within_collapsed_ones_by_the_keyboard(
    page: Page, pages: GraphPages
) -> None:
    show(page, pages, fork())
    every = drawn(page)
    select(page, "Step 3")
    page.keyboard.press("c")
    expect(page.get_by_role("button", name="Expand all")).to_be_visible()
    select(page, "Step 1")
    page.keyboard.press("c")
    status(page).to_be_empty()
    assert drawn(page) == {"Step 1"}
    page.get_by_role("application").focus()
    page.keyboard.press("c")
    status(page).to_be_empty()
    assert drawn(page) == every - {"Step 6"}
    page.get_by_role("application").focus()
    page.keyboard.press("c")
    page.get_by_role("button", name="Expand all").click()
    expect(page.get_by_role("button", name="Expand all")).to_be_hidden()
    status(page).to_be_empty()
    assert drawn(page) == every


def test_a_search_expands_what_hides_its_hit(page: Page, pages: GraphPages) -> None:
    show(page, pages, fork())
    select(page, "Step 1")
    page.keyboard.press("c")
    status(page).to_be_empty()
    select(page, "Step 6")

    expect(page.locator("[data-graph-said]")).to_contain_text("Step 6")
    assert "Step 6" in drawn(page)


def test_a_circle_that_nothing_leads_to_is_never_hidden(page: Page, pages: GraphPages) -> None:
    document = fork()
    document["tasks"] += [task(8, "Step 8"), task(9, "Step 9")]
    document["linkages"] += [link(8, 9, "Success"), link(9, 8, "Success")]
    show(page, pages, document)
    select(page, "Step 1")
    page.keyboard.press("c")
    status(page).to_be_empty()

    assert drawn(page) == {"Step 1", "Step 8", "Step 9"}


def test_the_selected_task_is_in_the_address_and_the_address_selects_it(
    page: Page, pages: GraphPages
) -> None:
    show(page, pages, fork())
    assert task_in(page) is None
    select(page, "Step 3")
    page.wait_for_url(re.compile("task=3"))
    address = page.url
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("^[^?]*$"))

    page.goto(address)
    expect(page.locator("[data-graph-panel-title]")).to_have_text("Step 3")
    expect(page.locator("[data-graph-said]")).to_contain_text("Step 3")
    assert task_in(page) == ["3"]


def test_an_address_with_an_unknown_task_shows_the_graph(page: Page, pages: GraphPages) -> None:
    pages.document = fork()
    page.goto(f"{pages.url}?task=nothing")

    status(page).to_be_empty()
    expect(page.locator("[data-graph-panel]")).to_be_hidden()


@pytest.mark.parametrize(("tasks", "fits"), [(5, True), (300, False)])
def test_the_first_view_is_readable(
    page: Page,
    pages: GraphPages,
    tasks: int,
    fits: bool,  # noqa: FBT001 - by pytest
) -> None:
    """All of the graph down to 60 %, else its entry."""
    show(page, pages, large(tasks))

    assert zoom(page) >= 60
    page.get_by_role("application").focus()
    page.wait_for_timeout(400)
    expect(page.locator("[data-graph-minimap]")).to_be_visible(visible=not fits)
    at_first = page.locator(".wg-main").screenshot()
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-graph-said]")).to_contain_text("Start")
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)
    # The entry was in sight: nothing has moved.
    assert page.locator(".wg-main").screenshot() == at_first


def test_the_minimap_moves_the_view(page: Page, pages: GraphPages) -> None:
    show(page, pages, large(60))
    before, minimap = picture(page), page.locator("[data-graph-minimap]")
    minimap.click(position={"x": 90, "y": 100})
    moved = picture(page)
    assert moved != before

    page.get_by_role("button", name="Fit").click()
    expect(minimap).to_be_hidden()


def test_the_graph_fills_the_screen(page: Page, pages: GraphPages) -> None:
    show(page, pages, large(60))
    canvas = page.get_by_role("application")
    before = canvas.bounding_box()
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    after = canvas.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"]
    page.get_by_role("button", name="Full screen").click()
    page.wait_for_function("document.fullscreenElement === null")


def test_the_whole_graph_is_printed(page: Page, pages: GraphPages) -> None:
    show(page, pages, large(60))
    printed = page.evaluate("""() => {
      dispatchEvent(new Event("beforeprint"));
      const svg = document.querySelector("[data-graph-print] svg");
      const paper = svg.querySelector("rect").getAttribute("fill");
      return { tasks: svg.querySelectorAll("title").length, paper };
    }""")
    page.emulate_media(media="print")

    assert printed == {"tasks": 61, "paper": "#ffffff"}
    expect(page.locator("[data-graph-print] svg")).to_be_visible()
    for hidden in (".wg-main", ".wg-bar"):
        expect(page.locator(hidden)).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("[data-graph-print] svg")).to_have_count(0)


def test_axe_finds_nothing_with_a_collapsed_task_in_the_panel(
    page: Page, pages: GraphPages
) -> None:
    show(page, pages, fork())
    select(page, "Step 3")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.locator("[data-graph-panel]")).to_be_visible()

    found = Axe().run(page, options=NO_FRAMES)
    assert json.dumps(found.response["violations"], indent=1) == "[]"
