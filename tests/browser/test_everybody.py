"""Every page of the web admin is for everybody: axe finds nothing, and the keyboard reaches all."""

from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python  # type: ignore[import-untyped]
import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as TimedOut
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import NO_FRAMES, Visit
from tests.integration.web.conftest import BACKEND
from tests.integration.web.made_world import make_world
from tests.integration.web.urls import URLS

pytestmark = pytest.mark.every_page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN = """
async (options) => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], ...options });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, target }) => `${id}: ${target} ${html.slice(0, 160)}`));
}
"""
TURN_DARK = """
() => {
  document.documentElement.classList.add("dark");
  for (const change of document.getAnimations()) change.finish();
}
"""
# What is shown that the mouse can click and the keyboard cannot reach, and icons that are read out.
UNREACHED = """
() => [...document.querySelectorAll("[x-on\\\\:click], [data-post], .filter-open-button")]
  .filter((one) => one.checkVisibility() && one.tabIndex < 0)
  .map((one) => `unreached: ${one.outerHTML.slice(0, 160)}`)
"""
READ_OUT = """
() => [...document.querySelectorAll(".material-symbols-outlined")]
  .filter((one) => !one.closest("[aria-hidden=true], [aria-label], template"))
  .map((one) => `icon read out: ${one.outerHTML.slice(0, 160)}`)
"""
LANDMARKS = """
() => ["main", "h1"]
  .concat(document.querySelector("#nav-sidebar") ? ["header", "nav[aria-label]", ".skip-link"] : [])
  .filter((one) => !document.querySelector(one))
  .map((one) => `missing: ${one}`)
"""
TITLES = """
() => [...document.querySelectorAll("h1")].slice(1).map((one) => `second h1: ${one.innerText}`)
"""


def pages() -> Iterator[str]:
    """The addresses that answer an administrator with a page of the product."""
    world = make_world()
    browser = Client()
    browser.force_login(User.objects.create_superuser("ida"), backend=BACKEND)
    for url in URLS.values():
        address = url.address(world.rossi, world)
        answer = browser.get(address)
        is_page = answer.headers.get("Content-Type", "").startswith("text/html")
        if answer.status_code == 200 and is_page and b"<html" in answer.content:
            yield address
        answer.close()


# From 1281 pixels on, the menu is open beside the page and leaves it the least space.
WIDTHS = (1281, 390)
SOME_FRAMES = """
() => new Promise((done) => {
  let left = 5;
  const next = () => (left-- ? requestAnimationFrame(next) : done());
  next();
})
"""
A_REDRAW = 30_000  # milliseconds; a chart follows its card, on a busy machine late
# Cards hide what is wider than themselves.
CUT_OFF = """
() => [...document.querySelectorAll("main .overflow-hidden")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .filter((one) => getComputedStyle(one).textOverflow !== "ellipsis")
  .map((one) => `cut off: ${one.clientWidth} of ${one.scrollWidth}, ${one.innerText.slice(0, 60)}`)
"""
WAITS = "window.Alpine && document.readyState === 'complete'"


def too_wide(page: Page) -> Iterator[str]:
    before = page.viewport_size
    assert before
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(SOME_FRAMES)  # for what follows the window: the menu, then the charts
        found = page.evaluate("document.documentElement.scrollWidth")
        if found > width:
            yield f"{found} pixels wide in a window of {width}"
        try:
            page.wait_for_function(f"({CUT_OFF})().length === 0", timeout=A_REDRAW)
        except TimedOut:
            yield from (f"{found} in a window of {width}" for found in page.evaluate(CUT_OFF))
    page.set_viewport_size(before)


def faults(page: Page) -> Iterator[str]:
    for script in (UNREACHED, READ_OUT, LANDMARKS, TITLES):
        yield from page.evaluate(script)
    page.evaluate(AXE)
    yield from page.evaluate(RUN, NO_FRAMES)
    page.evaluate(TURN_DARK)
    contrast = {**NO_FRAMES, "runOnly": ["color-contrast"]}
    yield from (f"dark {found}" for found in page.evaluate(RUN, contrast))


@pytest.mark.usefixtures("transactional_db")
def test_every_page_is_without_findings_in_both_themes_and_languages(
    visit: Visit, live_server: LiveServer
) -> None:
    """Other words can only make a page wider: axe looks at the English one."""
    visited = list(pages())
    assert len(visited) > 50
    found: list[str] = []
    for address in visited:
        page = visit(f"..{address}")
        page.wait_for_function(WAITS)
        found += (f"{address} {fault}" for fault in (*faults(page), *too_wide(page)))
    page.context.add_cookies([{"name": "django_language", "value": "it", "url": live_server.url}])
    for address in visited:
        page = visit(f"..{address}")
        page.wait_for_function(WAITS)
        expect(page.locator("html")).to_have_attribute("lang", "it")
        found += (f"{address} in Italian {fault}" for fault in too_wide(page))
    page.context.clear_cookies(name="django_language")
    assert not found, "\n".join(found)
