"""Where the graph's boxes, edges and labels stand, and what the page does until that is known."""

import re
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page, Route, expect

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

LONG_NAME = "Send the payment confirmation email to the customer in time"
FAMILIES = (
    "If", "Script::JavaScript", "Query", "Update", "Billing::BillRun", "Callout", "Email",
    "Upload::SFTP", "UI::Page", "Mediation::Run", "Brand::New",
)  # fmt: skip
WORKER = "**/layout_worker.js"
FONT = "**/*.woff2"
WORKING = "Laying out the graph"
SIMPLE = "too large for the full layout"
FALLBACK = "The full layout failed"
FAILED = "could not be laid out"

READ_SVG = (Path(__file__).parent / "read_svg.js").read_text()


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Drawn:
    """What the SVG file shows, which is what is on the canvas."""

    def __init__(self, page: Page) -> None:
        read = page.evaluate(READ_SVG, svg_text(page))
        self.font: str = read["font"]
        self.nodes: dict[str, dict[str, Any]] = {node["name"]: node for node in read["nodes"]}
        self.edges: list[dict[str, Any]] = read["edges"]
        self.boxes = {name: Box(**node["box"]) for name, node in self.nodes.items()}
        self.labels = [(edge["label"], Box(**edge["box"])) for edge in self.edges if edge["box"]]

    def hidden_labels(self) -> list[str]:
        boxes = self.boxes.values()
        return [label for label, box in self.labels if any(box.overlaps(b) for b in boxes)]

    def overlapping_boxes(self) -> list[Any]:
        return [
            (one, two)
            for (one, first), (two, second) in combinations(self.boxes.items(), 2)
            if first.overlaps(second)
        ]

    def overlapping_labels(self) -> list[Any]:
        return [
            (one, two)
            for (one, first), (two, second) in combinations(self.labels, 2)
            if first.overlaps(second)
        ]


@pytest.fixture(scope="module")
def served() -> Iterator[GraphPages]:
    with serve_graph() as pages:
        yield pages


@pytest.fixture
def pages(served: GraphPages) -> GraphPages:
    served.document, served.details_status, served.asked = None, 200, []
    return served


class Gate:
    """Holds back the requests for a URL until it is opened."""

    def __init__(self, page: Page, url: str) -> None:
        self._held: list[Route] = []
        self._is_open = False
        page.route(url, self._answer)

    def _answer(self, route: Route) -> None:
        if self._is_open:
            route.continue_()
        else:
            self._held.append(route)

    def open(self) -> None:
        self._is_open = True
        for route in self._held:
            route.continue_()


def workflow(*tasks: dict[str, Any], links: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"workflow": {"id": 9, **more}, "tasks": list(tasks), "linkages": links}


def chain(length: int, *, links: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    tasks = [task(number, f"Step {number}") for number in range(1, length + 1)]
    steps = [link(one, two, "Success") for one, two in pairwise(range(1, length + 1))]
    return workflow(*tasks, links=[link(None, 1, "Start"), *steps, *links])


def event() -> dict[str, Any]:
    """The event that starts a workflow, at the left of its first task."""
    return workflow(
        task(1, "Query Account Contact", css=at(300, 40)),
        links=[link(None, 1, "PaymentProcessed")],
        css=at(35, 40),
    )


def row() -> dict[str, Any]:
    tasks = [task(number, f"Step {number}", css=at(260 * number, 40)) for number in range(1, 6)]
    steps = [link(number, number + 1, "Success") for number in range(1, 5)]
    around = [link(1, 3, "Failure"), link(5, 2, "For Each"), link(3, 3, "Retry")]
    return workflow(*tasks, links=[link(None, 1, "Start"), *steps, *around], css=at(0, 40))


def close_together() -> dict[str, Any]:
    places = [(100, 100), (200, 120), (100, 150), (260, 180), (262, 181), (420, 180)]
    tasks = [
        task(number, f"Step {number}", family, css=at(*place))
        for number, (place, family) in enumerate(zip(places, FAMILIES, strict=False), start=1)
    ]
    links = [link(1, 2, "Success"), link(2, 3, "True"), link(2, 4, "False"), link(4, 5, "Success")]
    return workflow(*tasks, links=[link(None, 1, "Start"), *links, link(5, 6, "Page:/confirm")])


def scattered(seed: int) -> dict[str, Any]:
    random = Random(seed)
    tasks = [
        task(
            number,
            f"Step {number}",
            FAMILIES[number % len(FAMILIES)],
            css=at(random.randint(0, 1400), random.randint(0, 900)),
        )
        for number in range(1, 16)
    ]
    labels = ("Success", "Failure", "Case_Something", "Page:/confirm")
    links = [
        link(random.randint(1, number - 1), number, random.choice(labels))
        for number in range(2, 16)
    ]
    back = [link(15, 2, "Success"), link(1, 2, "Failure"), link(2, 1, "Failure")]
    return workflow(*tasks, links=[link(None, 1, "InvoicePosted"), *links, *back])


def dense() -> dict[str, Any]:
    random = Random(1)
    pairs = [(random.randint(1, 47), random.randint(1, 47)) for _ in range(1400)]
    tasks = [task(number, f"Step {number}") for number in range(1, 48)]
    return workflow(*tasks, links=[link(*pair, f"Case_{n % 9}") for n, pair in enumerate(pairs)])


PLACED = [event(), row(), close_together(), *[scattered(seed) for seed in range(5)]]
NAMES = ["event", "row", "close together", *[f"scattered {seed}" for seed in range(5)]]


@pytest.mark.parametrize("layout", ["As in Zuora", "Automatic"])
@pytest.mark.parametrize("document", PLACED, ids=NAMES)
def test_no_box_hides_another_box_a_label_or_an_arrowhead(
    page: Page, pages: GraphPages, document: Any, layout: str
) -> None:
    show(page, pages, document)
    page.get_by_text(layout, exact=True).click()
    status(page).to_be_empty()
    drawn = Drawn(page)

    assert drawn.overlapping_boxes() == []
    assert drawn.hidden_labels() == []
    assert drawn.overlapping_labels() == []
    assert [edge["label"] for edge in drawn.edges if edge["hasHiddenArrow"]] == []


def test_the_event_that_starts_a_workflow_stands_on_its_edge(page: Page, pages: GraphPages) -> None:
    show(page, pages, event())
    drawn = Drawn(page)

    [(name, label)] = drawn.labels
    assert name == "PaymentProcessed"
    start, first = sorted(drawn.boxes.values())
    assert start.right < label.left < label.right < first.left


def test_tasks_that_zuora_places_far_enough_apart_stay_there(page: Page, pages: GraphPages) -> None:
    show(
        page, pages, workflow(task(1, "A", css=at(0, 0)), task(2, "B", css=at(280, 130)), links=[])
    )

    assert Drawn(page).boxes == {"A": Box(0, 0, 188, 62), "B": Box(280, 130, 468, 192)}


def test_tasks_that_stand_too_close_are_spread_in_their_order(
    page: Page, pages: GraphPages
) -> None:
    places = [(0, 0), (150, 0), (300, 0), (150, 50)]
    tasks = [task(n, f"Step {n}", css=at(*place)) for n, place in enumerate(places)]
    show(page, pages, workflow(*tasks, links=[]))
    boxes = Drawn(page).boxes

    assert boxes["Step 0"].right < boxes["Step 1"].left
    assert boxes["Step 1"].right < boxes["Step 2"].left
    assert boxes["Step 1"].left == boxes["Step 3"].left
    assert boxes["Step 0"].top == boxes["Step 1"].top == boxes["Step 2"].top
    assert boxes["Step 1"].bottom < boxes["Step 3"].top


def test_an_edge_is_straight_where_nothing_is_between(page: Page, pages: GraphPages) -> None:
    show(page, pages, row())
    edges = Drawn(page).edges

    straight = [edge["way"] for edge in edges if edge["label"] in {"Start", "Success"}]
    assert len(straight) == 5
    for way in straight:
        start, end = way.removeprefix("M").split("L")
        assert start.split()[1] == end.split()[1]


def test_edges_turn_at_right_angles_whatever_the_shape_of_their_ends(
    page: Page, pages: GraphPages
) -> None:
    tasks = [
        task(n, f"Step {n}", family, css=at(250 * n, 200 * n)) for n, family in enumerate(FAMILIES)
    ]
    steps = [link(n, n + 1, "Success") for n in range(len(FAMILIES) - 1)]
    links = [link(None, 0, "Start"), *steps]
    show(page, pages, workflow(*tasks, links=links, css=at(-250, -200)))

    for edge in Drawn(page).edges:
        corners = [tuple(corner.split()) for corner in edge["way"].removeprefix("M").split("L")]
        assert len(corners) == 4
        assert all(one[0] == two[0] or one[1] == two[1] for one, two in pairwise(corners)), edge


def test_an_edge_goes_around_the_tasks_between_its_ends(page: Page, pages: GraphPages) -> None:
    show(page, pages, row())
    passes = {edge["label"]: edge["passes"] for edge in Drawn(page).edges}

    assert passes["Failure"] == []
    assert passes["For Each"] == []
    assert passes["Retry"] == []


def test_edges_between_the_same_tasks_have_ways_of_their_own(page: Page, pages: GraphPages) -> None:
    labels = ["Success", "Failure", "Case_1", "Case_2"]
    links = [link(1, 2, label) for label in labels] + [link(2, 1, "For Each")]
    show(page, pages, workflow(task(1, "A"), task(2, "B"), links=links))
    drawn = Drawn(page)

    assert len({edge["way"] for edge in drawn.edges}) == 5
    assert drawn.overlapping_labels() == []
    assert drawn.hidden_labels() == []


def test_the_lines_of_a_name_stay_inside_of_every_shape(page: Page, pages: GraphPages) -> None:
    tasks = [task(n, f"{LONG_NAME} {n}", family) for n, family in enumerate(FAMILIES)]
    show(page, pages, workflow(*tasks, links=[]))
    nodes = Drawn(page).nodes.values()

    assert [len(node["lines"]) for node in nodes] == [3] * len(FAMILIES)
    assert [node["lines"] for node in nodes if not node["keepsLinesInside"]] == []


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Update_the_subscription_of_the_customer", ["Update_the_", "subscription_of_the_cu…"]),
        ("Subscriptionsofthecustomerupdated", ["Subscriptionsofthecusto", "merupdated"]),
        ("Find invoices", ["Find invoices"]),
        ("Zahlungsbestätigung", ["Zahlungsbestätigung"]),
    ],
)
def test_a_name_without_blanks_is_broken_into_lines(
    page: Page, pages: GraphPages, name: str, lines: list[str]
) -> None:
    show(page, pages, workflow(task(1, name), links=[]))

    [node] = Drawn(page).nodes.values()
    assert node["lines"] == [*lines, "Query"]


def test_names_are_measured_in_the_font_that_draws_them(page: Page, pages: GraphPages) -> None:
    names = [LONG_NAME, "iiiiiiii " * 9, "MMMM " * 9, "Illicit filling of ill will bills"]
    document = workflow(*[task(n, name) for n, name in enumerate(names)], links=[])
    show(page, pages, document)  # in a new browser context: the font is not there yet
    first = Drawn(page)
    show(page, pages, document)
    again = Drawn(page)

    assert first.font.startswith("Inter")
    assert max(node["widest"] for node in first.nodes.values()) <= 188 - 44
    assert first.nodes == again.nodes


def test_without_the_web_font_names_are_drawn_in_another_one(
    page: Page, pages: GraphPages, console: list[str]
) -> None:
    page.route(FONT, lambda route: route.abort())
    show(page, pages, workflow(task(1, LONG_NAME), links=[]))
    drawn = Drawn(page)

    assert drawn.font == "sans-serif"
    assert drawn.nodes[LONG_NAME]["widest"] <= 188 - 44
    console.clear()


def test_a_web_font_that_does_not_come_is_not_waited_for(page: Page, pages: GraphPages) -> None:
    page.clock.install()
    font = Gate(page, FONT)
    pages.document = workflow(task(1, LONG_NAME), links=[])
    page.goto(pages.url, wait_until="domcontentloaded")
    status(page).to_contain_text(WORKING)
    page.clock.fast_forward(6_000)
    page.locator("[data-drawn]").wait_for(state="attached")

    assert Drawn(page).font == "sans-serif"
    font.open()


def test_the_page_answers_while_the_graph_is_laid_out(page: Page, pages: GraphPages) -> None:
    worker = Gate(page, WORKER)
    pages.document = chain(3)
    page.goto(pages.url)
    status(page).to_contain_text(WORKING)
    expect(page.get_by_role("button", name="Fit")).to_be_disabled()
    page.get_by_text("Task list", exact=True).click()
    page.get_by_role("button", name="Step 2").click()

    expect(page.locator("[data-graph-panel-title]")).to_have_text("Step 2")
    assert page.locator("[data-drawn]").count() == 0
    worker.open()
    status(page).to_be_empty()
    expect(page.get_by_role("button", name="Fit")).to_be_enabled()
    assert len(Drawn(page).nodes) == 4


def test_zuoras_layout_can_be_chosen_while_the_automatic_one_is_computed(
    page: Page, pages: GraphPages
) -> None:
    worker = Gate(page, WORKER)
    pages.document = workflow(
        task(1, "A", css=at(0, 0)), task(2, "B", css=at(0, 0)), links=[link(1, 2, "Success")]
    )
    page.goto(pages.url)
    status(page).to_contain_text(WORKING)
    page.get_by_text("As in Zuora").click()

    status(page).to_be_empty()
    boxes = Drawn(page).boxes
    worker.open()
    page.wait_for_timeout(1000)  # the automatic layout has been given up
    assert Drawn(page).boxes == boxes
    expect(page.get_by_role("radio", name="As in Zuora")).to_be_checked()


def test_a_layout_that_fails_is_replaced_by_a_plain_one_that_says_so(
    page: Page, pages: GraphPages
) -> None:
    page.route(WORKER, lambda route: route.abort())
    show(page, pages, chain(3))

    status(page).to_contain_text(FALLBACK)
    drawn = Drawn(page)
    assert [name for name, _ in sorted(drawn.boxes.items(), key=lambda one: one[1].top)] == [
        "Workflow", "Step 1", "Step 2", "Step 3",
    ]  # fmt: skip
    expect(page.get_by_role("button", name="Fit")).to_be_enabled()


def test_an_error_of_the_layout_is_replaced_by_a_plain_one_that_says_so(
    page: Page, pages: GraphPages
) -> None:
    broken = "self.addEventListener('message', () => { throw new TypeError('x') })"
    page.route(WORKER, lambda route: route.fulfill(body=broken, content_type="text/javascript"))
    show(page, pages, chain(3))

    status(page).to_contain_text(FALLBACK)
    assert len(Drawn(page).nodes) == 4


def test_an_error_of_zuoras_layout_is_replaced_by_a_plain_one_that_says_so(
    page: Page, pages: GraphPages
) -> None:
    page.add_init_script("Array.prototype.toSorted = () => { throw new TypeError('x') }")
    show(page, pages, row())

    status(page).to_contain_text(FALLBACK)
    assert Drawn(page).overlapping_boxes() == []


def test_a_picture_that_cannot_be_drawn_says_so_and_leaves_no_dead_buttons(
    page: Page, pages: GraphPages, console: list[str]
) -> None:
    page.add_init_script("Map.groupBy = () => { throw new TypeError('x') }")
    pages.document = chain(3)
    page.goto(pages.url)

    status(page).to_contain_text(FAILED)
    for name in ("Zoom in", "Zoom out", "Fit", "Download as SVG", "Download as PNG"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.get_by_text("Task list", exact=True).click()
    page.get_by_role("button", name="Step 2").click()
    expect(page.locator("[data-graph-panel-title]")).to_have_text("Step 2")
    assert console
    console.clear()


def test_another_layout_that_cannot_be_drawn_keeps_the_picture_that_is_there(
    page: Page, pages: GraphPages, console: list[str]
) -> None:
    show(page, pages, row())
    before = Drawn(page).boxes
    page.evaluate("void (Map.groupBy = () => { throw new TypeError('x') })")
    page.get_by_text("Automatic").click()

    status(page).to_contain_text(FAILED)
    expect(page.get_by_role("radio", name="As in Zuora")).to_be_checked()
    assert Drawn(page).boxes == before
    console.clear()


def test_a_layout_that_takes_too_long_is_given_up_for_a_simple_one(
    page: Page, pages: GraphPages
) -> None:
    requests = []

    def hold_the_first(route: Route) -> None:
        requests.append(route)
        if len(requests) > 1:
            route.continue_()

    page.clock.install()
    page.route(WORKER, hold_the_first)
    pages.document = chain(3)
    with page.expect_request(WORKER):
        page.goto(pages.url)
    page.clock.fast_forward(21_000)

    status(page).to_contain_text(SIMPLE)
    assert len(Drawn(page).nodes) == 4


def test_a_chain_of_two_thousand_tasks_is_drawn(page: Page, pages: GraphPages) -> None:
    show(page, pages, chain(2000), timeout=120)

    status(page).to_contain_text(SIMPLE)
    assert page.locator("[data-graph-suggestions] option").count() == 2000
    page.get_by_role("button", name="Fit").click()
    page.get_by_role("application").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-graph-said]")).to_contain_text("Step 2,")


def test_a_dense_graph_is_drawn_in_a_simple_layout(page: Page, pages: GraphPages) -> None:
    show(page, pages, dense(), timeout=120)

    status(page).to_contain_text(SIMPLE)
    drawn = Drawn(page)
    assert len(drawn.nodes) == 47
    assert drawn.overlapping_boxes() == []
    assert drawn.hidden_labels() == []


def test_cycles_and_long_edges_keep_the_order_of_a_simple_layout(
    page: Page, pages: GraphPages
) -> None:
    """Too long for dagre, and with an edge back to the first and one over the whole."""
    length = 1500
    document = chain(length, links=(link(length, 1, "For Each"), link(1, length, "Failure")))
    show(page, pages, document, timeout=120)

    status(page).to_contain_text(SIMPLE)
    places = re.findall(r'translate\(\S+ (\S+)\)"><title>Step (\d+)<', svg_text(page))
    assert [int(number) for _, number in sorted((float(y), n) for y, n in places)] == [
        *range(1, length + 1)
    ]
    assert len({y for y, _ in places}) == length
