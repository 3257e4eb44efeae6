"""The first page: figures of the user's own, what needs attention, the next step where empty."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.integration.web.made_jobs import make_worker
from tests.integration.web.mirrored import a_workflow
from tests.sync_jobs import sync_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.overview import counts
from workflow_mirror.overview.counts import quick_count
from workflow_mirror.overview.health import Health
from workflow_mirror.schedules.models import Schedule
from workflow_mirror.web.kit.paginator import bounded_count
from workflow_mirror.workflows.models import Workflow


def run(customer: Customer, status: str = "succeeded", **values: Any) -> JobRun:
    now = timezone.now()
    ended = None if status in {"running", "waiting"} else now
    return JobRun.objects.create(
        **{
            **sync_job(customer),
            "status": status,
            "requested_by": "a test",
            "queued_at": now,
            "due_at": now,
            "started_at": now,
            "finished_at": ended,
            **values,
        }
    )


def context(browser: Client) -> Any:
    return browser.get("/admin/").context


def figures(browser: Client) -> dict[str, Any]:
    return {str(one["title"]): one["value"] for one in context(browser)["figures"]}


def test_an_empty_mirror_says_the_next_step(administrator: Client, viewer: Client) -> None:
    assert b"/admin/customers/customer/add/" in administrator.get("/admin/").content
    assert b"/admin/customers/customer/add/" not in viewer.get("/admin/").content


def test_customers_that_were_never_synced_say_the_next_step(
    operator: Client, rossi: Customer
) -> None:
    assert b"No data yet" in operator.get("/admin/").content
    run(rossi)
    assert b"No data yet" not in operator.get("/admin/").content


def test_figures_count_what_the_user_may_see(
    limited: Client, administrator: Client, rossi: Customer, bianchi: Customer
) -> None:
    for customer, number in ((rossi, 2), (bianchi, 5)):
        for place in range(number):
            Workflow.objects.create(customer=customer, zuora_id=str(place))
        run(customer, "failed")
        run(customer, "running")
    mine, all_of_them = figures(limited), figures(administrator)
    assert (mine["Customers"], mine["Workflows"], mine["Failed jobs"]) == (1, "2", 1)
    assert (all_of_them["Customers"], all_of_them["Workflows"]) == (2, "7")
    assert (mine["Running jobs"], all_of_them["Running jobs"]) == (1, 2)


def test_the_chart_adds_up_the_days_of_the_users_own_customers(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    assert context(limited)["chart"] == ""
    run(rossi, output={"created": 2, "updated": 1, "deleted": 0})
    run(rossi, output={"created": 3, "updated": 0, "deleted": 4})
    run(rossi, "failed", finished_at=timezone.now() - timedelta(days=2))
    run(rossi, output={"created": 99}, finished_at=timezone.now() - timedelta(days=30))
    run(bianchi, output={"created": 50, "updated": 50, "deleted": 50})
    chart = {one["label"]: one["data"] for one in json.loads(context(limited)["chart"])["datasets"]}
    assert chart["Created"] == [0, 0, 0, 0, 0, 0, 5]
    assert chart["Updated"] == [0, 0, 0, 0, 0, 0, 1]
    assert chart["Deleted"] == [0, 0, 0, 0, 0, 0, 4]
    assert chart["Failed jobs"] == [0, 0, 0, 0, 1, 0, 0]


def test_what_needs_attention_comes_first(
    administrator: Client, rossi: Customer, bianchi: Customer
) -> None:
    run(bianchi)
    run(rossi)
    Customer.objects.filter(pk=rossi.pk).update(needs_attention="Invalid credentials: HTTP 401")
    page = context(administrator)
    assert [row.customer.name for row in page["rows"]] == ["Rossi", "Bianchi"]
    assert [row.customer.name for row in page["attention"]] == ["Rossi"]
    assert b"Invalid credentials: HTTP 401" in administrator.get("/admin/").content


def test_a_failed_sync_shows_until_a_good_one(administrator: Client, rossi: Customer) -> None:
    run(rossi, "failed", finished_at=timezone.now() - timedelta(hours=1), error="no answer")
    assert [row.condition.reason for row in context(administrator)["attention"]] == ["no answer"]
    run(rossi, "cancelled")
    assert context(administrator)["attention"]
    run(rossi)
    assert context(administrator)["attention"] == []


def test_a_first_sync_is_shown_as_such_until_it_has_ended(
    administrator: Client, rossi: Customer
) -> None:
    a_workflow(rossi, "Dunning")
    first = run(rossi, "running", finished_at=None)
    [row] = context(administrator)["rows"]
    assert row.condition.health is Health.SYNCING
    JobRun.objects.filter(pk=first.pk).update(status="succeeded", finished_at=timezone.now())
    run(rossi, "running", finished_at=None)
    [row] = context(administrator)["rows"]
    assert row.condition.health is Health.GOOD


def test_a_first_sync_that_is_tried_again_needs_attention(
    administrator: Client, rossi: Customer
) -> None:
    run(rossi, "retrying", finished_at=None, error="no answer")
    assert [row.condition.reason for row in context(administrator)["attention"]] == ["no answer"]


def test_running_syncs_show_their_progress(administrator: Client, rossi: Customer) -> None:
    run(rossi, "running", progress_done=3, progress_total=12)
    [row] = context(administrator)["rows"]
    assert row.percent == 25


def test_a_job_that_is_no_sync_says_nothing_of_the_sync(
    administrator: Client, rossi: Customer
) -> None:
    run(rossi)
    other = {"kind": "earlier_versions", "unique_key": "versions"}
    run(rossi, "failed", error="no answer", **other)
    run(rossi, "running", progress_done=3, progress_total=12, **other)
    page = context(administrator)
    assert page["attention"] == []
    [row] = page["rows"]
    assert row.running is None


def test_texts_from_zuora_are_shown_as_text(administrator: Client, rossi: Customer) -> None:
    Customer.objects.filter(pk=rossi.pk).update(
        name="<script>alert(1)</script>", needs_attention="<img src=x>"
    )
    page = administrator.get("/admin/").content
    assert b"<script>alert" not in page
    assert b"<img src=x>" not in page


def test_a_long_list_is_counted_to_a_limit(db: None, rossi: Customer) -> None:
    Workflow.objects.bulk_create(
        Workflow(customer=rossi, zuora_id=str(number)) for number in range(12)
    )
    found = Workflow.objects.filter(customer=rossi)
    assert str(bounded_count(found)) == "12"
    assert str(bounded_count(found, most=10)) == "10+"
    assert bounded_count(found, most=10) == 10
    assert quick_count(found) == (12, True)


def test_a_mirror_that_nobody_works_is_red(
    administrator: Client, limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    run(rossi)
    run(bianchi)
    assert context(administrator)["alarms"] == []
    late = timezone.now() - timedelta(days=3)
    Customer.objects.update(created_at=late)
    JobRun.objects.update(finished_at=late)
    Schedule.objects.create(name="of <all>", is_enabled=True, next_run_at=late)
    page = administrator.get("/admin/")
    assert b"No worker is running." in page.content
    assert b"Overdue schedules: of &lt;all&gt;" in page.content
    assert [str(row.condition.label) for row in page.context["attention"]] == ["Stale", "Stale"]
    assert {row.variant for row in page.context["attention"]} == {"danger"}
    assert f"No successful sync since {late:%Y-%m-%d %H:%M} UTC".encode() in page.content
    assert b"Stale" in administrator.get("/admin/customers/customer/").content
    own = limited.get("/admin/")
    assert b"No worker is running." in own.content
    assert b"Overdue schedules" not in own.content
    run(rossi)
    assert [row.customer for row in context(administrator)["attention"]] == [bianchi]


def test_a_job_that_waits_without_a_worker_is_said_at_once_and_not_when_one_runs(
    administrator: Client, rossi: Customer
) -> None:
    assert b"No worker is running." not in administrator.get("/admin/").content
    run(rossi, "waiting")
    page = administrator.get("/admin/").content.decode()
    assert page.count("No worker is running.") == 1
    make_worker()
    assert b"No worker is running." not in administrator.get("/admin/").content


def test_more_than_is_counted_is_what_the_planner_thinks(
    db: None, rossi: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workflow.objects.bulk_create(
        Workflow(customer=rossi, zuora_id=str(number)) for number in range(1234)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE workflows")
    monkeypatch.setattr(counts, "EXACT", 1233)
    assert quick_count(Workflow.objects.all()) == (1234, False)
    monkeypatch.setattr(counts, "EXACT", 1234)
    assert quick_count(Workflow.objects.all()) == (1234, True)
    assert quick_count(Workflow.objects.none()) == (0, True)


def test_each_trouble_leads_to_the_part_of_the_page_that_mends_it(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    run(rossi, "failed", error="no answer")
    run(bianchi)
    a_workflow(bianchi, "1", export_error="refused")
    rows = {row.customer.name: row for row in context(viewer)["attention"]}
    assert rows["Rossi"].problem.endswith(f"/customer/{rossi.pk}/change/#problems")
    assert rows["Bianchi"].problem.endswith(f"/customer/{bianchi.pk}/change/#failed-exports")
    for address in ("/admin/", "/admin/customers/customer/"):
        page = viewer.get(address).content.decode()
        for row in rows.values():
            target, _, part = row.problem.partition("#")
            assert row.problem in page
            assert f'id="{part}"' in viewer.get(target).content.decode()


def test_an_empty_mirror_explains_itself_in_three_steps(
    administrator: Client, viewer: Client
) -> None:
    page = administrator.get("/admin/").content.decode()
    steps = page[page.index('<ol class="first-steps">') :]
    assert steps.count("<li>") == 3
    for link in ("/admin/customers/customer/add/", "/admin/schedules/schedule/add/"):
        assert f'href="{link}"' in steps
    page = viewer.get("/admin/").content.decode()
    assert "first-steps" not in page
    assert "Ask an administrator" in page
