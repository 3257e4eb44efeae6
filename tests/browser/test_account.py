"""What a user sets for oneself, and how an administrator limits another one."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import OpenPage, Visit
from tests.integration.web.conftest import make_customer
from workflow_mirror.access.groups import OPERATORS
from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import scope_of

IS_DARK = "document.documentElement.classList.contains('dark')"
LARGE, WIDTH_1280 = {"width": 1500, "height": 900}, {"width": 1280, "height": 900}


@pytest.fixture
def page(visit: Visit) -> Iterator[Page]:
    page = visit("")
    page.set_viewport_size(LARGE)  # type: ignore[arg-type]  # a typed dict of its own
    yield page
    page.evaluate("localStorage.clear()")
    page.set_viewport_size({"width": 1280, "height": 720})


def test_a_user_is_limited_in_four_clicks(page: Page, transactional_db: None) -> None:
    rossi, _bianchi = make_customer("Rossi"), make_customer("Bianchi")
    otto = User.objects.create_user("otto", is_staff=True)
    otto.groups.set(Group.objects.filter(name=OPERATORS))
    UserAccess.objects.create(user=otto, all_customers=True)
    page.reload()
    page.locator("#nav-sidebar").get_by_role("link", name="Users").click()
    page.get_by_role("link", name="otto").click()
    page.get_by_role("checkbox", name="Rossi").click()
    page.locator("[name=_save]").click()
    expect(page).to_have_url(re.compile(r"/auth/user/$"))
    assert scope_of(User.objects.get(pk=otto.pk)).customer_ids == (rossi.pk,)


def test_the_theme_is_kept_with_the_account(page: Page, open_page: OpenPage) -> None:
    assert not page.evaluate(IS_DARK)
    page.locator(".account-button").click()
    page.get_by_role("button", name="Dark").click()
    page.wait_for_function(IS_DARK)
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.evaluate(IS_DARK)
    assert UserAccess.objects.get().theme == "dark"


def test_the_account_menu_is_used_by_keyboard(page: Page) -> None:
    button = page.locator(".account-button")
    button.focus()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#account-menu").get_by_role("link", name="Preferences").press("Enter")
    expect(page).to_have_url(re.compile(r"/account/$"))


def test_times_are_in_the_browsers_time_zone_until_one_is_chosen(
    page: Page, open_page: OpenPage, live_server: LiveServer
) -> None:
    tokyo = open_page(timezone_id="Asia/Tokyo", base_url=live_server.url)
    tokyo.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]  # the same keys
    tokyo.goto("/admin/login/")
    tokyo.goto("/account/")
    expect(tokyo.get_by_role("contentinfo")).to_contain_text("Asia/Tokyo (UTC+09:00)")
    tokyo.get_by_label("Time zone").select_option("Europe/Rome")
    tokyo.get_by_role("main").get_by_role("button", name="Save").click()
    expect(tokyo.get_by_role("contentinfo")).to_contain_text("Europe/Rome")


def test_the_menu_stays_as_it_was_left_at_1280_pixels(page: Page) -> None:
    page.set_viewport_size(WIDTH_1280)  # type: ignore[arg-type]  # as above
    page.reload()
    menu = page.locator("#nav-sidebar")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).press("Enter")
    expect(menu).to_be_visible()
    page.reload()
    expect(menu).to_be_visible()


def test_the_first_key_skips_the_menu(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_the_focus_moves_to_the_first_error_of_a_form(page: Page, visit: Visit) -> None:
    visit("customers/customer/add/")
    page.locator("[name=name]").fill("Rossi")
    page.locator("[name=zuora_client_id]").fill("id")
    page.locator("form#customer_form").evaluate("form => { form.noValidate = true }")
    page.locator("[name=_save]").click()
    expect(page.locator(".errorlist, .errornote").first).to_be_visible()
    expect(page.locator("[name=data_centre]")).to_be_focused()


def test_an_unknown_page_is_inside_the_product(
    page: Page, visit: Visit, console: list[str]
) -> None:
    visit("nowhere/")
    expect(page.get_by_role("main")).to_contain_text("This page doesn't exist")
    expect(page.get_by_role("navigation", name="Main menu")).to_be_visible()
    # The answer's status, and nothing else.
    assert all("404" in line for line in console)
    console.clear()
