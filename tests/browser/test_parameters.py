"""Values of parameters that one can read: found in two clicks, copied, and HTML as a preview."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.request import urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.conftest import NO_FRAMES, Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.indexed import an_indexed_workflow
from workflow_mirror.workflows.models import Task

TEMPLATE = "<html><body>\n<h1>Invoice {{ Invoice.Number }}</h1>\n<p>please pay</p></body></html>"
SCRIPT = "\nconst due = invoices.filter((one) => one.balance > 0); // unpaid\n\treturn due;\n"
QUERY = "SELECT Id\nFROM Account\nWHERE Region__c = '{{ Data.Region }}'"


def every_way_out(elsewhere: str) -> str:
    """HTML that would load or run something, or lead away, in every way we know."""
    return f"""<!doctype html><html><head>
<title>x</title><base href="{elsewhere}/">
<meta http-equiv="refresh" content="0;url={elsewhere}/refresh">
<link rel="stylesheet" href="{elsewhere}/style"><link rel="preconnect" href="{elsewhere}">
<LINK rel="prefetch" href="{elsewhere}/prefetch">
<style>@import "{elsewhere}/import";
body {{ background: url({elsewhere}/back); color: #00f }}</style>
<script>parent.ran = true; fetch("{elsewhere}/fetch")</script></head>
<body onload="parent.ran = true"><img src="{elsewhere}/image" onerror="parent.ran = true">
<iframe src="{elsewhere}/frame"></iframe><object data="{elsewhere}/object"></object>
<video src="{elsewhere}/video"></video><svg><image href="{elsewhere}/svg"/></svg>
<form action="{elsewhere}/form"><button>Send</button></form>
<a href="{elsewhere}/link" target="_top">Top</a> <A
href="{elsewhere}/here">Here</a><p>Dear customer</p></body></html>"""


type OpenTask = Callable[[str], Page]


class Elsewhere:
    """A server of another origin that counts the connections to it."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                connection.close()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    yield server
    server.close()


@pytest.fixture
def open_task(visit: Visit, elsewhere: Elsewhere) -> OpenTask:
    """The page of a task with the planted mail, or with ordinary texts."""
    evil = {"body": every_way_out(elsewhere.url)}
    mail = {"email": {"to": "a@example.com", "template": TEMPLATE}, "script": SCRIPT}
    an_indexed_workflow(
        make_customer("Rossi"),
        {"id": 1, "name": "Remind", "action_type": "Email", "parameters": mail},
        {"id": 2, "name": "Find", "action_type": "Query", "parameters": {"query": QUERY}},
        {"id": 3, "name": "Evil", "action_type": "Email", "parameters": evil},
    )

    def open_one(name: str) -> Page:
        return visit(f"workflows/task/{Task.objects.get(name=name).pk}/change/")

    return open_one


def follow(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=name, exact=True).first.click()


def search_from_the_dashboard(visit: Visit, query: str) -> Page:
    page = visit("")
    page.set_viewport_size({"width": 1440, "height": 900})  # from 1281 on the menu is open
    with page.expect_navigation():
        page.locator("#nav-sidebar a[href='/search/']").click()
    box = page.get_by_role("combobox", name="Search in all tasks and workflows")
    box.fill(query)
    with page.expect_navigation():
        box.press("Enter")
    return page


def test_a_task_is_found_by_a_text_in_it_in_two_clicks(open_task: OpenTask, visit: Visit) -> None:
    page = search_from_the_dashboard(visit, '"please pay"')
    follow(page, "parameters.email.template")

    place = page.locator("#place")
    expect(place).to_have_text("please pay")
    expect(place).to_be_in_viewport()
    expect(page.locator(".wg-parameter", has=place).locator("h5")).to_have_text("email.template")


def test_an_email_template_is_read_in_two_clicks(open_task: OpenTask, visit: Visit) -> None:
    page = search_from_the_dashboard(visit, "type:Email please")
    with page.expect_navigation():
        page.locator(".zs-place").first.click()

    preview = page.frame_locator("iframe[title='Preview: email.template']")
    expect(preview.get_by_role("heading")).to_have_text("Invoice {{ Invoice.Number }}")


def test_a_block_is_copied_exactly(open_task: OpenTask) -> None:
    page = open_task("Remind")
    button = page.get_by_role("button", name="Copy script")
    button.click()

    expect(button).to_contain_text("check")
    assert page.evaluate("navigator.clipboard.readText()") == SCRIPT
    expect(button).to_contain_text("content_copy")


def test_a_block_in_the_panel_of_the_graph_is_copied(open_task: OpenTask, visit: Visit) -> None:
    workflow = Task.objects.get(name="Find").workflow_id
    page = visit(f"workflows/workflow/{workflow}/change/?tab=graph&task=2")
    page.get_by_role("button", name="Copy query").click()

    expect(page.get_by_role("button", name="Copy query")).to_contain_text("check")
    assert page.evaluate("navigator.clipboard.readText()") == QUERY
    page.get_by_role("link", name="Open task").click()
    expect(page.get_by_role("heading", name="Find", exact=True)).to_be_visible()
    page.get_by_role("link", name="Show in graph").click()
    expect(page.locator("[data-graph-panel-title]")).to_have_text("Find")


def test_a_preview_runs_nothing_loads_nothing_and_leads_nowhere(
    open_task: OpenTask, elsewhere: Elsewhere, console: list[str]
) -> None:
    page = open_task("Evil")
    frame = page.frame_locator("iframe[title='Preview: body']")
    expect(frame.get_by_text("Dear customer")).to_have_css("color", "rgb(0, 0, 255)")
    for link in ("Top", "Here"):
        frame.get_by_text(link, exact=True).click()
    frame.get_by_role("button", name="Send").click()
    page.wait_for_timeout(1000)

    assert elsewhere.connections == 0
    assert page.evaluate("window.ran") is None
    assert re.search(r"/workflows/task/\d+/change/$", page.url)
    expect(frame.get_by_text("Dear customer")).to_be_visible()
    console.clear()  # what was refused


def test_a_connection_elsewhere_would_be_counted(elsewhere: Elsewhere) -> None:
    with suppress(OSError):
        urlopen(elsewhere.url, timeout=10)  # noqa: S310 - our own server
    assert elsewhere.connections == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_every_language_have_contrast(
    open_task: OpenTask, visit: Visit, theme: str
) -> None:
    everything: dict[str, Any] = {
        "html": "<p class='a'>{% if x %}&amp;<!-- b -->{{ y | date: 'z' }}{% endif %}</p>\n",
        "script": SCRIPT,
        "query": f"{QUERY} AND x = 1 -- b",
        "body": {"a": [1, "b", True, None]},
        "soap": "<ns:a b='c'><!-- d -->e</ns:a>\n",
    }
    Task.objects.filter(name="Find").update(workflow_task_json={"parameters": everything})
    page = open_task("Find")
    page.evaluate(
        "theme => document.documentElement.classList.toggle('dark', theme === 'dark')", theme
    )
    page.locator("summary", has_text="body").click()
    page.wait_for_timeout(500)  # colours of buttons change by and by

    classes = page.evaluate(
        "[...new Set([...document.querySelectorAll('.zh-block pre span')].map((e) => e.className))]"
    )
    assert set(classes) == {
        "zh-name", "zh-attribute", "zh-word", "zh-text", "zh-number", "zh-comment", "zh-mark",
    }  # fmt: skip
    found = Axe().run(
        page, context=".zw-task", options={"runOnly": ["color-contrast"], **NO_FRAMES}
    )
    assert json.dumps(found.response["violations"], indent=1) == "[]"


@pytest.mark.parametrize(
    ("fragment", "tab"),
    [
        ("#graph", "graph"), ("#tasks", "tasks"), ("#json", "json"), ("#changes", "history"),
        ("#history", "history"), ("#change-1", "history"), ("#jobs", "jobs"), ("#uses", "overview"),
    ],
)  # fmt: skip
def test_old_addresses_lead_to_the_tab(
    open_task: OpenTask, visit: Visit, fragment: str, tab: str
) -> None:
    workflow = Task.objects.get(name="Find").workflow_id
    page = visit(f"workflows/workflow/{workflow}/change/{fragment}")

    expect(page.locator(f"[data-tab={tab}]")).to_be_attached()
    expect(page.locator(".zw-tabs [aria-current]")).to_have_text(tab, ignore_case=True)


def test_a_printed_table_has_all_its_rows(open_task: OpenTask, visit: Visit) -> None:
    workflow = Task.objects.get(name="Find").workflow
    tasks = [{"id": number, "name": f"Step {number}"} for number in range(60)]
    workflow.json_export = {"tasks": tasks}
    workflow.sync_tasks_from_json()
    page = visit(f"workflows/workflow/{workflow.pk}/change/?tab=tasks")
    table = page.locator(".zw-scroll")
    height = "element => [element.clientHeight, element.scrollHeight]"
    shown, whole = table.evaluate(height)
    assert shown < whole

    page.emulate_media(media="print")
    shown, whole = table.evaluate(height)
    assert shown == whole
    for hidden in (".zw-tabs", "#nav-sidebar"):
        expect(page.locator(hidden)).to_be_hidden()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("path", ["", "workflows/task/", "jobs/jobrun/"])
def test_a_page_is_printed_in_light_colours(visit: Visit, path: str) -> None:
    page = visit(path)
    is_dark = "document.documentElement.classList.contains('dark')"
    page.evaluate("document.documentElement.classList.add('dark')")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert not page.evaluate(is_dark)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(is_dark)


def test_the_graph_is_printed_in_light_colours(open_task: OpenTask, visit: Visit) -> None:
    workflow = Task.objects.get(name="Find").workflow
    workflow.json_export = {"tasks": [{"id": 1, "name": "Step"}]}
    workflow.save()
    page = visit(f"workflows/workflow/{workflow.pk}/change/?tab=graph")
    page.locator("[data-drawn]").wait_for(state="attached")
    page.evaluate("document.documentElement.classList.add('dark')")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = page.locator("[data-graph-print] svg > rect").first
    expect(paper).to_have_attribute("fill", "#ffffff")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
