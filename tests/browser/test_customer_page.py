"""What is wrong with a customer, and mending it: in as few clicks as promised."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import STATS, make_failed, make_job, make_worker
from tests.integration.web.mirrored import a_workflow
from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.errors import MassDeletionRefusedError

Status = JobRun.Status


@pytest.fixture
def rossi(transactional_db: None) -> Customer:
    """One export has failed; everything else is well."""
    customer = make_customer("Rossi")
    make_job(customer, Status.COMPLETED_WITH_ERRORS)
    a_workflow(customer, "1", name="Dunning", export_error="HTTP 500, try again later")
    return customer


def follow(page: Page, where: Locator) -> None:
    with page.expect_navigation():
        where.click()


def test_why_an_export_failed_is_one_click_from_the_dashboard(
    rossi: Customer, visit: Visit
) -> None:
    page = visit("")
    follow(page, page.get_by_text("1 workflow could not be exported"))
    part = page.locator("#failed-exports")
    expect(part).to_be_in_viewport()
    expect(part.locator("tr", has_text="Dunning")).to_contain_text("HTTP 500, try again later")


def test_one_customer_is_synced_in_two_clicks(rossi: Customer, visit: Visit) -> None:
    page = visit("")
    follow(page, page.get_by_role("link", name="Rossi", exact=True).first)
    follow(page, page.locator("a[href$='/sync/']"))
    expect(page).to_have_url(re.compile(rf"/customer/{rossi.pk}/change/$"))
    expect(page.locator("#jobs tbody tr").first).to_contain_text("Waiting")
    assert JobRun.objects.get(status=Status.WAITING).customer == rossi


def test_failed_exports_are_retried_with_a_click_beside_them(rossi: Customer, visit: Visit) -> None:
    page = visit(f"customers/customer/{rossi.pk}/change/")
    follow(page, page.locator("#failed-exports").get_by_role("link", name="Retry failed exports"))
    assert JobRun.objects.get(status=Status.WAITING).kind == "retry_failed_exports"


def test_a_job_that_begins_moves_on_the_page_and_the_missing_worker_is_forgotten(
    rossi: Customer, visit: Visit
) -> None:
    run = make_job(rossi, Status.WAITING)
    page = visit(f"customers/customer/{rossi.pk}/change/")
    warning = page.get_by_text("No worker is running.")
    expect(warning).to_be_visible()
    page.evaluate("window.notReloaded = true")
    make_worker()
    JobRun.objects.filter(pk=run.pk).update(
        status=Status.RUNNING, started_at=timezone.now(), progress_done=1, progress_total=4
    )
    for live in (f"job-{run.pk}-progress", f"customer-{rossi.pk}-running"):
        expect(page.locator(f"[data-live='{live}'] progress")).to_have_attribute("value", "25")
    expect(warning).to_have_count(0)
    assert page.evaluate("window.notReloaded")


def test_refused_deletions_are_allowed_after_their_list_was_shown(
    rossi: Customer, visit: Visit
) -> None:
    ids = [str(number) for number in range(10, 17)]
    for one in ids:
        a_workflow(rossi, one)
    error = MassDeletionRefusedError(len(ids), 8, 5, ids)
    make_failed(rossi, error=error_text(error), error_details=error_details(error))
    page = visit(f"customers/customer/{rossi.pk}/change/")
    problems = page.locator("#problems")
    problems.locator("summary").click()
    expect(problems.get_by_role("link", name="Flow 10")).to_be_visible()
    follow(page, problems.get_by_role("link", name="Allow these deletions"))
    expect(page.locator(".zk-missing li")).to_have_count(7)
    follow(page, page.get_by_role("button", name="Allow these deletions"))
    run = JobRun.objects.get(status=Status.WAITING)
    assert run.arguments == {"allow_mass_delete": True}
    expect(page).to_have_url(re.compile(rf"/customer/{rossi.pk}/change/$"))


@pytest.mark.parametrize("page_name", ["change", "edit"])
def test_buttons_do_not_cut_the_heading_at_1280_pixels(
    rossi: Customer, visit: Visit, page_name: str
) -> None:
    page = visit(f"customers/customer/{rossi.pk}/{page_name}/")
    page.set_viewport_size({"width": 1280, "height": 800})
    for part in page.get_by_role("banner").locator("h1 a, h1 span.truncate").all():
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth"), part.inner_text()


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_table_of_jobs_fits_beside_the_menu(
    rossi: Customer, visit: Visit, language: str
) -> None:
    make_job(rossi, Status.RUNNING, progress_done=12, progress_total=92)
    make_job(rossi, Status.COMPLETED_WITH_ERRORS, output=STATS)
    page = visit("")
    page.set_viewport_size({"width": 1281, "height": 900})
    page.context.add_cookies([{"name": "django_language", "value": language, "url": page.url}])
    page.goto(f"{page.url}customers/customer/{rossi.pk}/change/")
    table = page.locator("#jobs [role=group]")
    assert table.evaluate("table => table.scrollWidth - table.clientWidth") <= 0


def test_a_long_state_stays_in_its_column(rossi: Customer, visit: Visit) -> None:
    make_failed(rossi)
    page = visit("")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.context.add_cookies([{"name": "django_language", "value": "it", "url": page.url}])
    page.goto(f"{page.url}customers/customer/{rossi.pk}/change/")
    state = page.locator(".zk-facts dd").first
    expect(state).to_contain_text("Ultima sincronizzazione fallita", ignore_case=True)
    assert state.evaluate("state => state.scrollWidth - state.clientWidth") <= 0
