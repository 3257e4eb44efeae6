"""The menu at the end of a row: opened and closed, and its actions done to that row."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from workflow_mirror.schedules.models import Schedule

SWITCH = "Enable or disable"


@pytest.fixture
def page(visit: Visit) -> Page:
    """The list of two schedules, both off."""
    Schedule.objects.all().delete()
    for name in ("Hourly", "Nightly"):
        Schedule.objects.create(name=name)
    return visit("schedules/schedule/")


def row(page: Page, name: str) -> Locator:
    return page.locator("#result_list tr", has_text=name)


def menu_button(page: Page, name: str) -> Locator:
    return row(page, name).get_by_text("more_horiz")


def actions(page: Page) -> Locator:
    """What can be seen of all menus."""
    return page.locator("nav a[data-post]:visible")


def test_a_click_opens_the_menu_of_one_row_and_a_click_elsewhere_closes_it(page: Page) -> None:
    expect(actions(page)).to_have_count(0)
    menu_button(page, "Nightly").click()
    expect(actions(page)).to_contain_text([SWITCH, "Run now"])
    expect(actions(page)).to_have_count(2)
    menu_button(page, "Hourly").click()
    expect(actions(page)).to_have_count(2)
    menu_button(page, "Hourly").click()
    expect(actions(page)).to_have_count(0)
    menu_button(page, "Hourly").click()
    expect(actions(page)).to_have_count(2)
    page.locator("#result_list thead").click()
    expect(actions(page)).to_have_count(0)


def test_an_action_is_done_to_its_row_by_one_click(page: Page) -> None:
    menu_button(page, "Nightly").click()
    actions(page).filter(has_text=SWITCH).click()

    expect(page.locator("body")).to_contain_text("Nightly is enabled.")
    expect(page).to_have_url(re.compile(r"/schedules/schedule/$"))
    enabled = Schedule.objects.filter(is_enabled=True)
    assert [schedule.name for schedule in enabled] == ["Nightly"]


def test_the_menu_is_opened_and_used_by_the_keyboard(page: Page) -> None:
    row(page, "Nightly").get_by_role("link", name="Nightly").focus()
    page.keyboard.press("Tab")
    expect(menu_button(page, "Nightly")).to_be_focused()
    page.keyboard.press("Enter")
    switch = actions(page).filter(has_text=SWITCH)
    expect(switch).to_be_focused()
    page.keyboard.press("Escape")
    expect(actions(page)).to_have_count(0)
    expect(menu_button(page, "Nightly")).to_be_focused()
    page.keyboard.press("Enter")
    expect(switch).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Nightly is enabled.")
