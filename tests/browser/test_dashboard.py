"""What the dashboard answers at once, or with one click."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.integration.web.conftest import make_customer
from tests.integration.web.made_changes import an_entry
from tests.integration.web.made_jobs import make_failed, make_job
from tests.integration.web.mirrored import a_workflow
from workflow_mirror.history.weeks import monday_of, start_of
from workflow_mirror.jobs.models import JobRun


@pytest.fixture
def dashboard(transactional_db: None, visit: Visit) -> Page:
    """One customer is well, the last job of another has failed."""
    rossi, bianchi = make_customer("Rossi"), make_customer("Bianchi")
    make_job(rossi, JobRun.Status.SUCCEEDED)
    make_failed(bianchi, error="Zuora answers with HTTP 500")
    a_workflow(bianchi, "1", name="Refunds")
    dunning = a_workflow(rossi, "1", name="Dunning")
    last_week = start_of(monday_of(timezone.localdate())) - timedelta(days=2)  # in any time zone
    an_entry(dunning, "activated", seen_at=last_week, changed_by="too early")
    an_entry(dunning, "deactivated", changed_by="giulia.conti@example.com")
    return visit("")


def test_what_needs_attention_is_seen_without_a_click(dashboard: Page) -> None:
    attention = dashboard.locator("main").get_by_role("listitem").filter(has_text="Bianchi")
    expect(attention).to_contain_text("Zuora answers with HTTP 500")
    expect(attention).to_be_in_viewport()
    expect(dashboard.get_by_role("listitem").filter(has_text="Rossi")).to_have_count(0)


def test_the_workflows_of_one_customer_are_one_click_away(dashboard: Page) -> None:
    with dashboard.expect_navigation():
        dashboard.get_by_role("link", name="Workflows: Rossi, 1").click()
    expect(dashboard).to_have_url(re.compile("/workflows/workflow/"))
    expect(dashboard.locator("#result_list tbody tr")).to_have_count(1)
    expect(dashboard.locator("#result_list")).to_contain_text("Dunning")


def test_what_changed_since_monday_is_one_click_away(dashboard: Page) -> None:
    with dashboard.expect_navigation():
        dashboard.get_by_role("link", name="This week").click()
    expect(dashboard.get_by_role("heading", name="What changed since Monday")).to_be_visible()
    expect(dashboard.locator("main")).to_contain_text("giulia.conti@example.com")
    expect(dashboard.locator("main")).not_to_contain_text("too early")


def test_the_chart_is_drawn_at_once(dashboard: Page) -> None:
    """One that moves does not follow its card if that changes its size in the last moment."""
    chart = "Object.values(Chart.instances)[0]"
    dashboard.wait_for_function(f"window.Chart && {chart}")
    drawn, last = dashboard.evaluate(f"""() => {{
      const chart = {chart};
      const before = chart.data.datasets[0].data;
      chart.data.datasets[0].data = before.map((one) => one + 10);
      chart.update();
      const bar = chart.getDatasetMeta(0).data[0];
      return [bar.getProps(["y"]).y, bar.getProps(["y"], true).y];
    }}""")
    assert drawn == last
