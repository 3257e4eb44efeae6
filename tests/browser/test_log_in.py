"""Logging in with a real browser, whose policy for scripts, forms and images is in force."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.identity_provider_process import Idp, running_provider, use_provider
from workflow_mirror.access.accounts import add_user
from workflow_mirror.access.groups import ADMINISTRATORS
from workflow_mirror.access.log_in_links import make_link

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def idp_process() -> Iterator[str]:
    with running_provider() as address:
        yield address


@pytest.fixture
def idp(idp_process: str, settings: Any, transactional_db: None) -> Idp:
    cache.clear()
    return use_provider(settings, idp_process)


def heading(page: Page) -> Any:
    return page.get_by_role("heading", level=1)


def test_the_button_leads_to_the_provider_and_back_to_the_page_asked_for(
    page: Page, live_server: LiveServer, idp: Idp
) -> None:
    page.goto(f"{live_server.url}/admin/jobs/jobrun/")
    page.get_by_role("link", name="Log in with Example ID").click()
    page.wait_for_url(f"{live_server.url}/admin/jobs/jobrun/")
    expect(page.get_by_text("Ada").first).to_be_attached()


def test_somebody_without_a_group_reads_why(
    page: Page, live_server: LiveServer, idp: Idp, console: list[str]
) -> None:
    idp.set(claims={"sub": "eva-1", "groups": []})
    page.goto(f"{live_server.url}/admin/login/")
    page.get_by_role("link", name="Log in with Example ID").click()
    expect(heading(page)).to_contain_text("You are not logged in")
    expect(page.get_by_text("You are in no group of the identity provider")).to_be_visible()
    page.get_by_role("link", name="Back to login").click()
    expect(page.get_by_label("Password")).to_be_visible()
    refused = [
        line for line in console if line.startswith("403 for GET") or "status of 403" in line
    ]
    assert console == refused
    console.clear()


def test_a_link_a_password_and_the_second_factor(
    page: Page, live_server: LiveServer, idp: Idp
) -> None:
    user = add_user("bea", groups=[ADMINISTRATORS], customers=None)
    page.goto(make_link(user, live_server.url))
    page.locator("#id_new_password1").fill(PASSWORD)
    page.locator("#id_new_password2").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{live_server.url}/admin/")

    page.goto(f"{live_server.url}/admin/two-factor/")
    page.get_by_role("link", name="Turn on").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    code = page.get_by_role("img")
    assert code.evaluate("image => image.naturalWidth") > 0
    secret = code.get_attribute("alt") or ""
    page.locator("#id_code").fill(code_of(secret))
    page.get_by_role("button", name="Turn on").click()
    codes = page.get_by_role("listitem").all_text_contents()
    assert len(codes) == 10
    assert all(re.fullmatch(r"\d{8}", one.strip()) for one in codes)

    page.context.clear_cookies()
    page.goto(f"{live_server.url}/admin/login/")
    page.get_by_label("Username").fill("bea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator("#id_code").fill(codes[0])
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{live_server.url}/admin/")


def code_of(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
