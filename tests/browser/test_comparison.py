"""A comparison that takes a while: the page follows the job, and shows the result by itself."""

from random import Random

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.made_jobs import make_worker
from tests.integration.web.mirrored import a_document, a_task, a_workflow
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.compare.service import SMALL_BYTES, compare_missing, comparison
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun

NAMES = ("Dunning", "Invoices", "Refunds")
NO_WORKER = "No worker is running."


@pytest.fixture
def both(transactional_db: None) -> tuple[Customer, Customer]:
    """With pairs of workflows that are too large for a request to compare."""
    source, target = make_customer("Rossi sandbox"), make_customer("Rossi")
    for number, name in enumerate(NAMES):
        text = Random(number).randbytes(SMALL_BYTES).hex()  # not much smaller when compressed
        for customer, more in ((source, ""), (target, "edited")):
            document = a_document(a_task("1", "Ask", parameters={"text": text, "more": more}))
            a_workflow(customer, str(number), name=name, document=document)
    return source, target


def do_the_job(both: tuple[Customer, Customer], *, only_one: bool = False) -> None:
    found = comparison(EVERYTHING, both[0].pk, both[1].pk)
    compare_missing(EVERYTHING, found, seconds=0 if only_one else None)


def test_the_page_shows_how_far_the_job_is_and_then_the_result(
    both: tuple[Customer, Customer], visit: Visit, console: list[str]
) -> None:
    make_worker()
    page = visit(f"../comparison/?source={both[0].pk}&target={both[1].pk}")
    progress = page.locator("[data-compare-progress]")
    expect(progress).to_contain_text("3 of 3 pairs are not compared yet")
    expect(page.get_by_text("Not compared yet", exact=True)).to_have_count(3)
    assert [run.kind for run in JobRun.objects.all()] == ["compare"]

    # A request that is lost, as while the server restarts, does not end it.
    page.route("**/comparison/progress/**", lambda route: route.abort(), times=1)
    do_the_job(both, only_one=True)
    expect(progress.locator("progress")).to_have_attribute("value", "1")
    expect(progress).to_contain_text("2 of 3 pairs are not compared yet")
    do_the_job(both)
    expect(progress).to_have_count(0)
    expect(page.locator(".zx-table").get_by_text("Different", exact=True)).to_have_count(3)
    console.clear()  # of the request that was lost


def test_without_a_worker_the_page_says_why_nothing_happens(
    both: tuple[Customer, Customer], visit: Visit
) -> None:
    page = visit(f"../comparison/?source={both[0].pk}&target={both[1].pk}")
    expect(page.get_by_text(NO_WORKER)).to_be_visible()
    do_the_job(both)
    expect(page.locator("[data-compare-progress]")).to_have_count(0)
    expect(page.get_by_text(NO_WORKER)).to_have_count(0)
