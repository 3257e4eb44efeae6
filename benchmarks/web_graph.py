"""A large graph, and a large comparison, in a real browser, as `zwm web` serves them.

Like a user, the browser opens the page from the list of workflows: its cache contains the shared
style sheets and scripts of all pages, but not those of the graph.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from benchmarks.diff_edits import edited
from benchmarks.web_pages import people
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.workflows.models import Workflow, WorkflowExport

CHROMIUM = os.environ.get("ZWM_TEST_CHROMIUM", "/usr/bin/chromium")
LOADS = 5
SEED = 700_000  # one of the held-back seeds of benchmarks.diff


def drawn(tasks: int) -> list[dict[str, float]]:
    """Of each load of the page, milliseconds: `drawing` alone, and `page` from its request on."""
    page = reverse("admin:workflows_workflow_change", args=[_workflow(tasks).pk])
    return _loads(f"{page}?tab=graph", _graph_drawn)


def compared(tasks: int) -> list[dict[str, float]]:
    """Of each load of the page that compares two versions with a third of the tasks edited.

    Milliseconds until the `changes` can be seen, from its request on, and until the `graph` is
    drawn, from when it comes in sight.
    """
    before, after = (export.pk for export in _two_versions(tasks))
    path = f"{reverse('admin:workflows_workflow_compare')}?a={before}&b={after}"
    return _loads(path, _changes_drawn)


def _loads(path: str, measured: Callable[[Page], dict[str, float]]) -> list[dict[str, float]]:
    # Playwright's event loop runs in this thread: Django sees it and refuses the database.
    session = _session()
    with _served() as address, sync_playwright() as playwright:
        # Without the sandbox, since Chromium refuses to run as root with it.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict of these keys
        page.goto(address + reverse("admin:workflows_workflow_changelist"))
        return [_load(page, address + path, measured) for _ in range(LOADS)]


def _load(page: Page, url: str, measured: Callable[[Page], dict[str, float]]) -> dict[str, float]:
    page.goto(url, wait_until="commit")
    return measured(page)


def _graph_drawn(page: Page) -> dict[str, float]:
    page.locator("[data-workflow-graph][data-drawn]").wait_for(state="attached")
    drawing = page.locator("[data-workflow-graph]").get_attribute("data-drawn")
    return {"drawing": float(drawing or "nan"), "page": _moment(page, "graph-drawn")}


def _changes_drawn(page: Page) -> dict[str, float]:
    page.wait_for_function("performance.getEntriesByName('changes-drawn').length > 0")
    graph = page.locator("[data-workflow-graph]")
    graph.scroll_into_view_if_needed()
    page.locator("[data-workflow-graph][data-drawn]").wait_for(state="attached")
    drawing = graph.get_attribute("data-drawn")
    return {"changes": _moment(page, "changes-drawn"), "graph": float(drawing or "nan")}


def _moment(page: Page, name: str) -> float:
    return float(page.evaluate(f"performance.getEntriesByName('{name}')[0].startTime"))


def _two_versions(tasks: int) -> list[WorkflowExport]:
    pair = edited(SEED, tasks, share=1 / 3, renewed=True)
    workflow = _workflow(tasks)
    now = timezone.now()
    return [
        WorkflowExport.objects.update_or_create(
            customer=workflow.customer,
            workflow_zuora_id=workflow.zuora_id,
            content_hash=letter * 64,
            defaults={
                "workflow": workflow,
                "document": document,
                "first_seen_at": now,
                "last_seen_at": now,
            },
        )[0]
        for letter, document in (("a", pair.before), ("b", pair.after))
    ]


def _workflow(tasks: int) -> Workflow:
    made, linkages = generate(Recipe(seed=5, tasks=tasks, first_task_id=849, version_id=9))
    document = {"workflow": {"id": 9}, "tasks": made, "linkages": linkages}
    workflow, _ = Workflow.objects.get_or_create(
        customer=Customer.objects.earliest("pk"), zuora_id="graph", defaults={"name": "Graph"}
    )
    workflow.json_export = document
    workflow.sync_tasks_from_json()
    return workflow


def _session() -> str:
    browser = Client(SERVER_NAME="localhost")
    backend = "django.contrib.auth.backends.ModelBackend"
    browser.force_login(people()["administrator"], backend=backend)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def _served() -> Iterator[str]:
    command = [sys.executable, "-m", "workflow_mirror", "web", "--port", "0"]
    server: Any = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        address = next(
            found[1] for line in server.stderr if (found := re.search(r"at (http://\S+)/", line))
        )
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)
        server.stderr.close()
