"""A large graph in a real browser, on the page of its workflow as `zwm web` serves it.

Like a user, the browser opens the page from the list of workflows: its cache contains the shared
style sheets and scripts of all pages, but not those of the graph.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from benchmarks.web_pages import people
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora.exports import Recipe, generate
from workflow_mirror.workflows.models import Workflow

CHROMIUM = os.environ.get("ZWM_TEST_CHROMIUM", "/usr/bin/chromium")
LOADS = 5


def drawn(tasks: int) -> list[dict[str, float]]:
    """Of each load of the page, milliseconds: `drawing` alone, and `page` from its request on."""
    # Playwright's event loop runs in this thread: Django sees it and refuses the database.
    path = reverse("admin:workflows_workflow_change", args=[_workflow(tasks).pk])
    session = _session()
    with _served() as address, sync_playwright() as playwright:
        # Without the sandbox, since Chromium refuses to run as root with it.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]  # a TypedDict of these keys
        page.goto(address + reverse("admin:workflows_workflow_changelist"))
        return [_load(page, address + path) for _ in range(LOADS)]


def _load(page: Page, url: str) -> dict[str, float]:
    page.goto(url, wait_until="commit")
    root = page.locator("[data-workflow-graph][data-drawn]")
    root.wait_for(state="attached")
    ended = page.evaluate("performance.getEntriesByName('graph-drawn')[0].startTime")
    return {"drawing": float(root.get_attribute("data-drawn") or "nan"), "page": float(ended)}


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
