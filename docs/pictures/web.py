"""Take the pictures of the web admin: `uv run python docs/pictures/web.py`.

Runs `zwm demo`, whose days always bring the same changes, in a fresh data directory, opens its main
pages in Chromium, and writes PNGs next to this file.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("ZWM_TEST_CHROMIUM", "/usr/bin/chromium")
DESKTOP = {"width": 1440, "height": 900}  # from 1281 on the menu is open
PHONE = {"width": 390, "height": 844}
SECONDS_TO_START = 300
SECONDS_TO_END = 60
FIRST_ROW = "#result_list tbody th a, #result_list tbody td a"


def main() -> None:
    with running_demo() as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        light = log_in(browser, address, password)
        take(light, "dashboard")
        show(light, "workflows/workflow/", "workflows")
        light.locator(FIRST_ROW).first.click()
        workflow = f"{light.url}?tab=graph"
        light.goto(workflow)
        light.locator("[data-drawn]").wait_for(state="attached")
        take(light, "workflow")
        light.goto(workflow.replace("=graph", "=tasks"))
        light.locator("a[href*='/workflows/task/']").filter(visible=True).last.click()
        take(light, "task")
        show(light, "jobs/jobrun/", "jobs")
        show(light, "web/failedjob/", "failed-jobs")
        light.locator(FIRST_ROW).first.click()
        take(light, "failed-job")
        take(log_in(browser, address, password, color_scheme="dark"), "dashboard-dark")
        phone = log_in(browser, address, password, viewport=PHONE, is_mobile=True)
        phone.goto(workflow)
        take(phone, "workflow-phone", to="#graph")
        browser.close()


def log_in(browser: Browser, address: str, password: str, **options: Any) -> Page:
    """A page of its own that shows the dashboard."""
    settings = {"viewport": DESKTOP, "reduced_motion": "reduce", "locale": "en", **options}
    page = browser.new_context(**settings).new_page()
    page.goto(address)
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(password)
    page.locator("#login-form button[type=submit]").click()
    page.wait_for_url("**/admin/")
    return page


def show(page: Page, path: str, name: str) -> None:
    page.goto(re.sub("/admin/.*", f"/admin/{path}", page.url))
    take(page, name)


def take(page: Page, name: str, to: str = "") -> None:
    """What the window shows; `to` is brought to its top."""
    page.wait_for_load_state("networkidle")
    if to:
        page.locator("[data-drawn]").wait_for(state="attached")
        page.locator(to).evaluate("element => element.scrollIntoView()")
    page.wait_for_timeout(500)  # a moving graph is drawn coarser
    page.screenshot(path=HERE / f"{name}.png")


@contextmanager
def running_demo() -> Iterator[tuple[str, str]]:
    """The address and the password, once all that the days have brought is synced."""
    parent = Path(tempfile.mkdtemp(dir="/tmp"))
    parent.chmod(0o755)  # as root, PostgreSQL runs as another user
    log = parent / "log"
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "workflow_mirror", "demo", "--port", "0"],
            env=os.environ | {"ZWM_HOME": str(parent / "home")},
            stdout=written,
            stderr=written,
        )
        try:
            yield told_in(log)
        finally:
            process.terminate()
            process.wait(SECONDS_TO_END)
            shutil.rmtree(parent)


def told_in(log: Path) -> tuple[str, str]:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        text = log.read_text()
        address = re.search(r"The mirror is at (http://\S+)", text)
        password = re.search(r"with the password (\S+)", text)
        if address and password:
            return address[1], password[1]
        time.sleep(0.2)
    raise TimeoutError(log.read_text())


if __name__ == "__main__":
    main()
