"""Debian's Chromium, driven by Playwright. A page that complains in its console fails its test."""

import os
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

# Where it is named, it has to be there: so none of these tests is skipped in CI.
IS_NAMED = "ZWM_TEST_CHROMIUM" in os.environ
CHROMIUM = os.environ.get("ZWM_TEST_CHROMIUM", "/usr/bin/chromium")
# Chromium refuses to run as root with its sandbox. Without a graphics card it would imitate one,
# which costs a fifth of what a page takes.
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-software-rasterizer"]

# Options of axe. Previews are frames without an origin: it cannot look into them, and that it tries
# is a warning in the console.
NO_FRAMES = {"iframes": False}

# Milliseconds; Playwright's own five seconds are few on a busy machine.
expect.set_options(timeout=30_000)

type OpenPage = Callable[..., Page]
type Visit = Callable[[str], Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """For one module: its event loop must be gone before tests that run one themselves."""
    if not Path(CHROMIUM).exists():
        missing = f"There is no Chromium at {CHROMIUM}; ZWM_TEST_CHROMIUM can name another place"
        pytest.fail(missing) if IS_NAMED else pytest.skip(missing)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        # Playwright's event loop runs in this thread: Django sees it and refuses the database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield launched
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        launched.close()


@pytest.fixture(scope="module")
def all_consoles() -> list[str]:
    return []


@pytest.fixture
def console(all_consoles: list[str]) -> list[str]:
    """What the pages of a test complained about, failed requests too; a test that expects it clears
    it.
    """
    all_consoles.clear()
    return all_consoles


@pytest.fixture
def open_page(browser: Browser, console: list[str]) -> Iterator[OpenPage]:
    """A page in a browser context of its own; options as `Browser.new_context` takes them."""
    contexts = []

    def open_one(**options: Any) -> Page:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        return watched(context.new_page(), console)

    yield open_one
    for context in contexts:
        context.close()
    assert console == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture(scope="module")
def context(browser: Browser, all_consoles: list[str]) -> Iterator[BrowserContext]:
    """With one page for many tests: most of what makes it slow to open is then in its cache."""
    clipboard = ["clipboard-read", "clipboard-write"]
    opened = browser.new_context(reduced_motion="reduce", permissions=clipboard)
    watched(opened.new_page(), all_consoles)
    yield opened
    opened.close()


@pytest.fixture
def visit(context: BrowserContext, live_server: LiveServer, console: list[str]) -> Iterator[Visit]:
    """Opens a page of the web admin for an administrator; it shows the database of the test."""
    client = Client()
    client.force_login(
        User.objects.create_superuser("ada"), "django.contrib.auth.backends.ModelBackend"
    )
    [(name, session)] = client.cookies.items()
    context.clear_cookies()
    context.add_cookies([{"name": name, "value": session.value, "url": live_server.url}])
    [page] = context.pages

    def show(path: str) -> Page:
        page.goto(f"{live_server.url}/admin/{path}")
        return page

    yield show
    page.goto("about:blank")
    assert console == []


def watched(page: Page, console: list[str]) -> Page:
    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            console.append(f"{message.type}: {message.text} ({message.location})")

    def note_status(response: Response) -> None:
        if response.status >= HTTPStatus.BAD_REQUEST:
            console.append(f"{response.status} for {response.request.method} {response.url}")

    def note_failure(request: Request) -> None:
        # What a page still asked for when it was left.
        if request.failure != "net::ERR_ABORTED":
            console.append(f"{request.failure} for {request.method} {request.url}")

    page.on("console", note)
    page.on("response", note_status)
    page.on("requestfailed", note_failure)
    page.on("pageerror", lambda error: console.append(f"exception: {error}"))
    return page


def find_by_name(page: Page, words: str) -> None:
    """Types into the search box of the header; keys that come before its script runs are lost."""
    box = page.locator("[data-find] input")
    expect(box).to_have_attribute("role", "combobox")
    page.keyboard.press("Control+k")
    expect(box).to_be_focused()
    page.keyboard.type(words)
