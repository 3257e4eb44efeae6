"""What live.js brings up to date without a reload, and when it asks for it."""

import pytest
from playwright.sync_api import BrowserContext, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.conftest import OpenPage, Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import Status, make_job
from workflow_mirror.jobs.models import DIRECT, JobRun

LIST = "jobs/jobrun/"
A_POLL = 10_000  # milliseconds, and more than it takes
TURN = """state => {
  Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def clocked_page(visit: Visit, open_page: OpenPage, context: BrowserContext) -> Page:
    """A page in which time stands still until the test moves it."""
    page = open_page(storage_state=context.storage_state())
    page.clock.install(time="2026-01-01")
    page.clock.pause_at("2026-01-02")
    return page


def questions(page: Page) -> list[str]:
    """The addresses of all that it will ask."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/live/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    return asked


def answered(page: Page, run: JobRun, done: int, *, after: int) -> None:
    """The page shows what has become of the job when so many milliseconds have gone by."""
    JobRun.objects.filter(pk=run.pk).update(progress_done=done)
    page.clock.run_for(after)
    expect(page.locator(f"[data-live=job-{run.pk}-progress]")).to_have_text(f"{done} of 100")


def test_a_list_of_jobs_shows_progress_and_ends_without_reloading(visit: Visit) -> None:
    run = make_job(make_customer("Rossi"), Status.RUNNING, progress_done=10, progress_total=100)
    page = visit(LIST)
    page.evaluate("window.notReloaded = true")
    progress = page.locator(f"[data-live=job-{run.pk}-progress]")
    expect(progress).to_have_text("10 of 100")
    news = page.locator("[data-live-list]")

    runs = JobRun.objects.filter(pk=run.pk)
    runs.update(progress_done=60)
    expect(progress).to_have_text("60 of 100", timeout=A_POLL)
    expect(progress.locator("progress")).to_have_attribute("value", "60")
    expect(news).to_be_hidden()
    runs.update(status=Status.SUCCEEDED, progress_done=100, output={"created": 100})
    make_job(make_customer("Bianchi"), Status.RUNNING)
    expect(progress).to_have_text("100 of 100", timeout=A_POLL)
    expect(progress.locator("progress")).to_have_count(0)
    expect(page.locator(f"[data-live=job-{run.pk}-state]")).to_have_text("Succeeded")
    expect(page.get_by_role("status").last).to_have_text("Rossi: Succeeded")
    expect(news).to_be_visible()
    expect(page.locator("[data-live-row]")).to_have_count(1)
    assert page.evaluate("window.notReloaded")


def test_nothing_is_asked_while_the_tab_is_hidden(
    clocked_page: Page, live_server: LiveServer
) -> None:
    run = make_job(make_customer("Rossi"), Status.RUNNING, progress_done=10, progress_total=100)
    page, asked = clocked_page, questions(clocked_page)
    page.goto(f"{live_server.url}/admin/{LIST}")
    answered(page, run, 20, after=2_000)
    answered(page, run, 30, after=2_000)
    assert len(asked) == 2

    page.evaluate(TURN, "hidden")
    page.clock.run_for(120_000)
    page.evaluate(TURN, "visible")
    # At once, and not after the usual two seconds.
    answered(page, run, 40, after=1)
    assert len(asked) == 3


def test_less_is_asked_while_no_job_runs(clocked_page: Page, live_server: LiveServer) -> None:
    run = make_job(make_customer("Rossi"), Status.SUCCEEDED, progress_done=10, progress_total=100)
    page, asked = clocked_page, questions(clocked_page)
    page.goto(f"{live_server.url}/admin/{LIST}")
    answered(page, run, 20, after=2_000)

    page.clock.run_for(9_000)
    assert len(asked) == 1
    answered(page, run, 30, after=1_000)
    assert len(asked) == 2


def test_a_finished_job_loses_its_cancel_also_with_filters_on(visit: Visit) -> None:
    customer = make_customer("Rossi")
    make_job(make_customer("Bianchi"), Status.RUNNING)
    run = make_job(customer, Status.RUNNING, progress_done=10, progress_total=100)
    page = visit(f"{LIST}?status=running")
    page.evaluate("window.notReloaded = true")
    row = page.locator("#result_list tr", has=page.locator(f"[data-live-row='{run.pk}']"))
    row.get_by_role("button", name="Actions").click()
    expect(page.locator("nav a[href$='/cancel/']:visible")).to_have_count(1)
    page.keyboard.press("Escape")
    JobRun.objects.filter(pk=run.pk).update(status=Status.SUCCEEDED, progress_done=100)
    expect(row).to_contain_text("Succeeded")
    expect(row.get_by_role("button", name="Actions")).to_have_count(0)
    news = page.locator("[data-live-list]")
    expect(news).to_be_hidden()
    make_job(customer, Status.RUNNING)
    expect(news).to_be_visible()
    assert page.evaluate("window.notReloaded")


def test_new_jobs_that_a_filter_leaves_out_are_not_offered(visit: Visit) -> None:
    rossi, bianchi = make_customer("Rossi"), make_customer("Bianchi")
    make_job(rossi, Status.RUNNING)
    page = visit(f"{LIST}?customer__id__exact={rossi.pk}")
    with page.expect_response(lambda response: "/jobrun/rows/" in response.url) as asked:
        make_job(bianchi, Status.RUNNING)
    assert asked.value.status == 200
    news = page.locator("[data-live-list]")
    expect(news).to_be_hidden()
    make_job(rossi, Status.RUNNING, queue=DIRECT)
    expect(news).to_be_visible()
