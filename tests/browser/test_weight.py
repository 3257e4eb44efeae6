"""What a browser loads on its first visit, byte by byte, from the real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from tests.integration.web.served import Site, servers

LOG_IN = 350_000
PASSWORD = "a-long-password-of-the-tests"


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    with servers(tmp_path) as start:
        yield start()


def counted(page: Page) -> dict[str, int]:
    """Bytes on the wire by URL, headers included; filled while pages load."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    addresses: dict[str, str] = {}
    found: dict[str, int] = {}

    def note_address(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["response"]["url"]

    def note_bytes(event: dict[str, Any]) -> None:
        address = addresses[event["requestId"]]
        found[address] = found.get(address, 0) + event["encodedDataLength"]

    devtools.on("Network.responseReceived", note_address)
    devtools.on("Network.loadingFinished", note_bytes)
    return found


def test_logging_in_loads_less_than_350_kb(site: Site, page: Page) -> None:
    """The log-in and the dashboard with all their files, in a browser that has none of them."""
    User.objects.create_superuser("ada", password=PASSWORD)
    loaded = counted(page)
    page.goto(f"http://localhost:{site.port}/admin/", wait_until="networkidle")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    largest = sorted(loaded.items(), key=lambda one: -one[1])[:8]
    assert sum(loaded.values()) < LOG_IN, largest
    assert any("web/fonts/Inter" in address for address in loaded)
    assert not any("unfold/fonts/inter/Inter" in address for address in loaded)


def test_a_name_in_other_letters_loads_the_font_that_has_them(site: Site, page: Page) -> None:
    loaded = counted(page)
    page.goto(f"http://localhost:{site.port}/admin/login/", wait_until="networkidle")
    assert not any("unfold/fonts/inter/Inter" in address for address in loaded)
    page.evaluate("document.querySelector('form').append('Дебиторы')")
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(100)
    assert any("unfold/fonts/inter/Inter" in address for address in loaded)
