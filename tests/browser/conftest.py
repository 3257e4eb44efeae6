"""Debian's Chromium, driven by Playwright. A page that complains in its console fails its test."""

import os
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, sync_playwright

# Where it is named, it has to be there: so none of these tests is skipped in CI.
IS_NAMED = "ZWM_TEST_CHROMIUM" in os.environ
CHROMIUM = os.environ.get("ZWM_TEST_CHROMIUM", "/usr/bin/chromium")

type OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        missing = f"There is no Chromium at {CHROMIUM}; ZWM_TEST_CHROMIUM can name another place"
        pytest.fail(missing) if IS_NAMED else pytest.skip(missing)
    with sync_playwright() as playwright:
        # Without the sandbox, since Chromium refuses to run as root with it.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        # Playwright's event loop runs in this thread: Django sees it and refuses the database.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        yield launched
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        launched.close()


@pytest.fixture
def console() -> list[str]:
    """What the pages of a test complained about, failed requests too; a test that expects it clears
    it.
    """
    return []


@pytest.fixture
def open_page(browser: Browser, console: list[str]) -> Iterator[OpenPage]:
    """A page in a browser context of its own; options as `Browser.new_context` takes them."""
    contexts = []

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

    def open_one(**options: Any) -> Page:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("response", note_status)
        page.on("requestfailed", note_failure)
        page.on("pageerror", lambda error: console.append(f"exception: {error}"))
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert console == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()
