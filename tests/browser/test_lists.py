"""Lists: they fit the window, keep what the user chose, and show whole values on hover."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.made_world import make_world
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit.saved_views import LISTS
from workflow_mirror.workflows.models import Task, Workflow

# From 1281 pixels on, the menu is open beside the table and leaves it the least space.
DESKTOP = {"width": 1281, "height": 900}
PHONE = {"width": 390, "height": 800}
LONG = "Renewal notices for customers with a long name and several contracts "


@pytest.fixture
def filled(transactional_db: None) -> Customer:
    """Something in each list, with long names."""
    world = make_world()
    customer = world.rossi.customer
    Customer.objects.filter(pk=customer.pk).update(
        name="Aurora Telecomunicazioni S.p.A. di Reggio nell'Emilia", environment=LONG[:40]
    )
    Workflow.objects.update(
        name=LONG * 2, state="Active", version="0.0.12", export_error=LONG, draft_version="0.0.13"
    )
    Task.objects.update(name=LONG * 2, action_type="Export::DataQuery" * 3, object=LONG)
    JobRun.objects.update(error=LONG * 2, requested_by=f"schedule {LONG}")
    for number in range(40):
        Workflow.objects.create(customer=customer, zuora_id=f"9{number}", name=f"{LONG} {number}")
    return customer


@pytest.fixture
def show(filled: Customer, visit: Visit) -> Iterator[Visit]:
    opened: list[Page] = []

    def show_one(path: str) -> Page:
        page = visit(path)
        opened.append(page)
        return page

    yield show_one
    for page in opened[:1]:
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a TypedDict of these keys
        page.context.clear_cookies(name="django_language")


def path_of(page_key: str) -> str:
    return page_key.replace("_", "/", 1) + "/"


def speak(page: Page, language: str) -> None:
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("language", ["en", "it"])
def test_no_list_is_wider_than_a_window_of_1280_pixels(show: Visit, language: str) -> None:
    found = {}
    page = show("")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]  # a TypedDict of these keys
    speak(page, language)
    for key in LISTS:
        show(path_of(key))
        expect(page.locator("#nav-sidebar-inner")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", language)
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/{language}-{key}.png")
        widths = page.evaluate(
            """() => [document.documentElement, document.querySelector(".zl-table")]
            .map((part) => part.scrollWidth - part.clientWidth)"""
        )
        if widths != [0, 0]:
            found[key] = widths
    assert found == {}
