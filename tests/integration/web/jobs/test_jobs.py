"""The pages of jobs, batches and workers: what they show, to whom, and what can be done there."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.integration.web.conftest import make_customer
from tests.integration.web.made_changes import an_entry
from tests.integration.web.made_jobs import STATS, make_batch, make_failed, make_job, make_worker
from tests.integration.web.mirrored import a_workflow
from tests.sync_jobs import sync_job
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.web.jobs.admin import MOST_CHANGES

pytestmark = pytest.mark.usefixtures("transactional_db")

Status = JobRun.Status

JOBS = "/admin/jobs/jobrun/"
WAITING = "/admin/web/waitingjob/"
FAILED = "/admin/web/failedjob/"
BATCHES = "/admin/jobs/jobbatch/"
WORKERS = "/admin/jobs/workerprocess/"
LISTS = (JOBS, WAITING, FAILED, BATCHES, WORKERS)


def rows(page: Any) -> list[int]:
    """The ids in the list, in its order."""
    return [int(pk) for pk in re.findall(r'data-live-row="(\d+)"', page.content.decode())]


def page_of(run: JobRun) -> str:
    return reverse("admin:jobs_jobrun_change", args=(run.pk,))


def act(name: str, pk: int) -> str:
    return reverse(f"admin:{name}", args=(pk,))


def status_of(run: JobRun) -> str:
    return JobRun.objects.get(pk=run.pk).status


def buttons(page: Any) -> set[str]:
    return set(re.findall(r"/jobrun/\d+/(retry|cancel|forget)/", page.content.decode()))


# --- Jobs


def test_jobs_shows_those_that_run_before_those_that_have_ended(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    make_job(bianchi, Status.WAITING)
    done = make_job(rossi, Status.SUCCEEDED, output=STATS, progress_done=40, progress_total=40)
    running = make_job(rossi, Status.RUNNING, progress_done=30, progress_total=120)
    page = viewer.get(JOBS)
    assert rows(page) == [running.pk, done.pk]
    text = page.content.decode()
    assert 'value="25"' in text
    assert "30 of 120" in text
    assert "1 min 15 s" in text
    assert "3 created, 2 updated, 1 deleted, 4 failed" in text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status=failed", ["failed"]),
        ("customer__id__exact={rossi}", ["running", "succeeded"]),
        ("ended=hour", ["running", "failed"]),
        ("q=bian", ["failed"]),
        ("q={succeeded}", ["succeeded"]),
        ("q=nobody", []),
    ],
)
def test_jobs_are_filtered_and_found(
    viewer: Client, rossi: Customer, bianchi: Customer, query: str, expected: list[str]
) -> None:
    yesterday = timezone.now() - timedelta(hours=30)
    made = {
        "running": make_job(rossi, Status.RUNNING),
        "failed": make_failed(bianchi),
        "succeeded": make_job(rossi, Status.SUCCEEDED, finished_at=yesterday),
    }
    ids = {name: run.pk for name, run in made.items()}
    page = viewer.get(f"{JOBS}?{query.format(rossi=rossi.pk, **ids)}")
    assert rows(page) == [ids[name] for name in expected]


def test_the_page_of_a_job_tells_all_that_is_known(viewer: Client, rossi: Customer) -> None:
    batch = JobBatch.objects.create(requested_by="otto")
    run = make_failed(
        rossi,
        batch=batch,
        output=STATS,
        requests=321,
        seconds_waited=6.54,
        arguments={"full": True},
    )
    text = viewer.get(page_of(run)).content.decode()
    for told in (
        "Rossi",
        "otto",
        "Zuora is down",
        "Traceback: deep",
        "Traceback of try 1",
        "Traceback of try 2",
        "host1:7",
        "host2:7",
        "321",
        "6.5 s",
        "Full (re-export everything)",
        reverse("admin:jobs_jobbatch_change", args=(batch.pk,)),
        "Unchanged",
    ):
        assert told in text, told


def test_what_zuora_says_is_shown_as_text(viewer: Client, rossi: Customer) -> None:
    run = make_failed(rossi, error="<script>alert(1)</script>", exception="<b>bold</b>")
    for address in (FAILED, page_of(run)):
        text = viewer.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<b>bold" not in text


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.WAITING, {"cancel"}),
        (Status.RETRYING, {"cancel"}),
        (Status.RUNNING, {"cancel"}),
        (Status.SUCCEEDED, {"forget"}),
        (Status.COMPLETED_WITH_ERRORS, {"retry", "forget"}),
        (Status.FAILED, {"retry", "forget"}),
        (Status.CANCELLED, {"retry", "forget"}),
    ],
)
def test_a_page_offers_what_the_status_permits(
    operator: Client, viewer: Client, rossi: Customer, status: str, expected: set[str]
) -> None:
    run = make_job(rossi, status)
    assert buttons(operator.get(page_of(run))) == expected
    assert buttons(viewer.get(page_of(run))) == set()


def test_a_failed_job_is_retried_from_its_page(operator: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    answer = operator.post(act("jobs_jobrun_retry", run.pk), follow=True)
    assert b"Job queued again" in answer.content
    assert status_of(run) == Status.WAITING


def test_an_action_that_the_status_forbids_is_refused_with_the_reason(
    operator: Client, rossi: Customer
) -> None:
    run = make_job(rossi, Status.SUCCEEDED)
    for name in ("retry", "cancel"):
        answer = operator.post(act(f"jobs_jobrun_{name}", run.pk), follow=True)
        assert f"Job {run.pk}".encode() in answer.content
    running = make_job(rossi, Status.RUNNING)
    answer = operator.post(act("jobs_jobrun_forget", running.pk), follow=True)
    assert b"cancel it first" in answer.content
    assert status_of(run) == Status.SUCCEEDED
    assert status_of(running) == Status.RUNNING


def test_a_running_job_is_asked_to_stop(operator: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.RUNNING, worker=make_worker())
    operator.post(act("jobs_jobrun_cancel", run.pk))
    assert JobRun.objects.get(pk=run.pk).cancel_requested
    assert b"Stopping" in operator.get(JOBS).content


def test_a_deleted_job_is_gone_and_its_page_with_it(operator: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    answer = operator.post(act("jobs_jobrun_forget", run.pk), {"next": page_of(run)})
    assert answer["Location"] == JOBS
    assert operator.get(page_of(run)).status_code == 404


# --- Jobs Waiting


def test_waiting_jobs_stand_in_their_order_with_place_and_start(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    request_syncs([rossi], requested_by="otto")
    request_syncs([bianchi], requested_by="otto")
    late, soon = JobRun.objects.get(customer=rossi), JobRun.objects.get(customer=bianchi)
    JobRun.objects.filter(pk=late.pk).update(due_at=timezone.now() + timedelta(minutes=30))
    make_worker(slots=1)
    page = viewer.get(WAITING)
    assert rows(page) == [soon.pk, late.pk]
    text = page.content.decode()
    assert f'data-live="job-{soon.pk}-place">1<' in text
    assert f'data-live="job-{late.pk}-place">2<' in text
    assert "now</time>" in text
    assert re.search(r"in (29|30)\xa0minutes</time>", text)


def test_jobs_that_are_due_stand_in_the_order_of_queueing(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    request_syncs([rossi], requested_by="otto")
    request_syncs([bianchi], requested_by="otto")
    first, second = JobRun.objects.order_by("engine_job_id")
    past = timezone.now() - timedelta(minutes=5)
    JobRun.objects.filter(pk=second.pk).update(due_at=past)
    assert rows(viewer.get(WAITING)) == [first.pk, second.pk]


def test_a_waiting_job_is_cancelled_on_its_row(operator: Client, rossi: Customer) -> None:
    request_syncs([rossi], requested_by="otto")
    run = JobRun.objects.get()
    operator.post(act("web_waitingjob_cancel", run.pk))
    assert status_of(run) == Status.CANCELLED


def marked(action: str, runs: list[JobRun], **more: Any) -> dict[str, Any]:
    return {"action": action, "_selected_action": [run.pk for run in runs], "index": 0, **more}


def test_marked_waiting_jobs_are_cancelled(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    request_syncs([rossi, bianchi], requested_by="otto")
    one, other = JobRun.objects.order_by("pk")
    answer = operator.post(WAITING, marked("cancel_marked", [one]), follow=True)
    assert b"1 job cancelled" in answer.content
    assert status_of(one) == Status.CANCELLED
    assert status_of(other) == Status.WAITING


def test_a_page_of_a_long_queue_is_quick(viewer: Client, rossi: Customer) -> None:
    now = timezone.now()
    JobRun.objects.bulk_create(
        JobRun(
            **sync_job(rossi),
            requested_by="otto",
            status=Status.WAITING,
            is_joinable=False,
            queued_at=now,
            due_at=now,
            engine_job_id=number,
        )
        for number in range(10_000)
    )
    make_worker()
    viewer.get(WAITING)
    started = timezone.now()
    page = viewer.get(WAITING + "?p=40")
    assert len(rows(page)) == 25
    assert (timezone.now() - started).total_seconds() < 2


# --- Failed Jobs


def test_failed_jobs_tell_the_error_and_how_often_it_was_tried(
    viewer: Client, rossi: Customer
) -> None:
    make_job(rossi, Status.SUCCEEDED)
    run = make_failed(rossi)
    page = viewer.get(FAILED)
    assert rows(page) == [run.pk]
    text = page.content.decode()
    assert "Zuora is down" in text
    assert re.search(r'class="field-attempt_count[^>]*>2<', text)


def test_resolved_jobs_are_out_of_the_list_and_the_badge_unless_asked_for(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    now = timezone.now()
    resolved, left = make_failed(rossi, resolved_at=now), make_failed(bianchi)
    page = viewer.get(FAILED)
    assert rows(page) == [left.pk]
    badge = viewer.get("/admin/jobs/jobrun/live/").json()["badges"][FAILED]
    assert re.search(r">\s*1\s*<", badge)
    assert rows(viewer.get(f"{FAILED}?resolved=yes")) == [resolved.pk]
    assert set(rows(viewer.get(f"{FAILED}?resolved=any"))) == {left.pk, resolved.pk}
    shown = viewer.get(f"/admin/jobs/jobrun/{resolved.pk}/change/").content.decode()
    assert "Resolved by a later job" in shown


def test_all_that_match_a_filter_are_retried(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    first, second = make_failed(rossi), make_failed(bianchi)
    operator.post(
        f"{FAILED}?customer__id__exact={rossi.pk}",
        marked("retry_marked", [first], select_across=1),
    )
    assert [status_of(first), status_of(second)] == [Status.WAITING, Status.FAILED]


def test_of_two_jobs_of_a_customer_the_second_is_refused_with_the_reason(
    operator: Client, rossi: Customer
) -> None:
    runs = [make_failed(rossi), make_failed(rossi)]
    answer = operator.post(FAILED, marked("retry_marked", runs), follow=True)
    assert b"1 job queued again" in answer.content
    assert b"Rossi: the same work is already queued" in answer.content
    assert sorted(map(status_of, runs)) == ["failed", "waiting"]


def test_marked_jobs_are_deleted_after_a_question(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    one, other = make_failed(rossi), make_failed(bianchi)
    asked = operator.post(FAILED, marked("delete_marked", [one]))
    assert b"Delete 1 job" in asked.content
    assert JobRun.objects.count() == 2
    answer = operator.post(FAILED, marked("delete_marked", [one], confirmed="yes"), follow=True)
    assert b"1 job deleted" in answer.content
    assert list(JobRun.objects.all()) == [other]


def test_the_question_before_deleting_keeps_the_filter(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    one, other = make_failed(rossi), make_failed(bianchi)
    address = f"{FAILED}?customer__id__exact={rossi.pk}"
    asked = operator.post(address, marked("delete_marked", [one], select_across=1))
    assert f'action="{address}"'.encode() in asked.content
    operator.post(address, marked("delete_marked", [one], select_across=1, confirmed="yes"))
    assert list(JobRun.objects.all()) == [other]


def test_a_row_leads_to_the_page_of_the_job(viewer: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    assert page_of(run).encode() in viewer.get(FAILED).content
    answer = viewer.get(reverse("admin:web_failedjob_change", args=(run.pk,)))
    assert answer["Location"] == page_of(run)


# --- Job Batches


def test_a_batch_tells_how_far_it_is(viewer: Client, rossi: Customer, bianchi: Customer) -> None:
    batch = make_batch(rossi, bianchi, status=Status.SUCCEEDED)
    make_job(rossi, Status.RUNNING, batch=batch)
    make_failed(rossi, batch=batch)
    text = viewer.get(BATCHES).content.decode()
    for part, number in {"done": 2, "running": 1, "failed": 1, "waiting": "–"}.items():
        assert f'data-live="batch-{batch.pk}-{part}">{number}<' in text
    assert "3 / 4" in text
    page = viewer.get(reverse("admin:jobs_jobbatch_change", args=(batch.pk,))).content.decode()
    assert page.count("-state") == 4


def test_cancelling_a_batch_takes_out_the_queued_and_asks_the_running(
    operator: Client, rossi: Customer, bianchi: Customer
) -> None:
    request_syncs([rossi, bianchi], requested_by="otto")
    one, other = JobRun.objects.order_by("pk")
    JobRun.objects.filter(pk=one.pk).update(status=Status.RUNNING, worker=make_worker())
    answer = operator.post(act("jobs_jobbatch_cancel", one.batch_id or 0), follow=True)
    assert b"1 job cancelled" in answer.content
    assert b"1 running job is stopping" in answer.content
    assert JobRun.objects.get(pk=one.pk).cancel_requested
    assert status_of(other) == Status.CANCELLED


# --- Workers


def test_workers_alive_tell_what_they_run(
    limited: Client, viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    worker = make_worker()
    make_worker(beat=timezone.now() - timedelta(hours=1))
    for customer in (rossi, bianchi):
        make_job(customer, Status.RUNNING, worker=worker)
    text = viewer.get(WORKERS).content.decode()
    assert text.count("elsewhere:4711") == 1
    assert ">Rossi</a>" in text
    assert ">Bianchi</a>" in text
    assert ">Bianchi</a>" not in limited.get(WORKERS).content.decode()


def test_without_a_worker_the_page_says_what_to_do(viewer: Client) -> None:
    assert b"No worker is running" in viewer.get(WORKERS).content


# --- Who sees and does what


def test_a_limited_user_sees_the_jobs_of_his_customers_alone(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    own = [make_job(rossi, Status.RUNNING), make_failed(rossi)]
    others = [make_job(bianchi, Status.RUNNING), make_failed(bianchi)]
    request_syncs([bianchi], requested_by="otto")
    request_syncs([rossi], requested_by="otto")
    waiting = JobRun.objects.get(customer=rossi, status=Status.WAITING)
    make_worker()
    assert set(rows(limited.get(JOBS))) == {run.pk for run in own}
    assert rows(limited.get(FAILED)) == [own[1].pk]
    page = limited.get(WAITING)
    assert rows(page) == [waiting.pk]
    assert f'data-live="job-{waiting.pk}-place">1<'.encode() in page.content
    for run in others:
        assert limited.get(page_of(run)).status_code == 404
        for name in ("retry", "cancel", "forget"):
            assert limited.post(act(f"jobs_jobrun_{name}", run.pk)).status_code == 404
        assert limited.post(act("web_failedjob_retry", run.pk)).status_code == 404
    limited.post(FAILED, marked("retry_marked", [others[1]], select_across=0))
    assert status_of(others[1]) == Status.FAILED
    for address in LISTS:
        assert b">Bianchi<" not in limited.get(address).content


def test_of_a_batch_a_limited_user_sees_and_cancels_his_own_part(
    limited: Client, rossi: Customer, bianchi: Customer
) -> None:
    request_syncs([rossi, bianchi], requested_by="otto")
    shared = JobBatch.objects.get()
    foreign = make_batch(bianchi, status=Status.SUCCEEDED)
    page = limited.get(BATCHES)
    assert rows(page) == [shared.pk]
    assert b"0 / 1" in page.content
    assert b"Bianchi" not in limited.get(act("jobs_jobbatch_change", shared.pk)).content
    assert limited.get(act("jobs_jobbatch_change", foreign.pk)).status_code == 404
    limited.post(act("jobs_jobbatch_cancel", shared.pk))
    assert status_of(JobRun.objects.get(customer=rossi)) == Status.CANCELLED
    assert status_of(JobRun.objects.get(customer=bianchi, batch=shared)) == Status.WAITING


def test_a_viewer_may_look_and_do_nothing(viewer: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    batch = make_batch(rossi, status=Status.RUNNING)
    for address in LISTS:
        assert viewer.get(address).status_code == 200
    for name in ("jobs_jobrun_retry", "jobs_jobrun_cancel", "jobs_jobrun_forget"):
        assert viewer.post(act(name, run.pk)).status_code == 403
    for name in ("web_failedjob_retry", "web_failedjob_forget", "web_waitingjob_cancel"):
        assert viewer.post(act(name, run.pk)).status_code == 403
    assert viewer.post(act("jobs_jobbatch_cancel", batch.pk)).status_code == 403
    for action in ("retry_marked", "delete_marked"):
        viewer.post(FAILED, marked(action, [run], confirmed="yes"))
    assert status_of(run) == Status.FAILED


def test_a_stranger_sees_none_of_it(stranger: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    for address in (*LISTS, page_of(run)):
        assert stranger.get(address).status_code == 403


def test_an_action_needs_a_post(operator: Client, rossi: Customer) -> None:
    run = make_failed(rossi)
    assert operator.get(act("jobs_jobrun_retry", run.pk)).status_code == 200
    assert status_of(run) == Status.FAILED


# --- How much it costs


def make(first: int, last: int) -> None:
    worker = make_worker()
    for number in range(first, last):
        customer = make_customer(f"Customer {number}")
        make_job(customer, Status.RUNNING, worker=worker)
        make_failed(customer)
        make_batch(customer, status=Status.WAITING)


@pytest.mark.parametrize(
    "address", [*LISTS, JOBS + "?q=cust&status=failed&ended=week", FAILED + "?q=down"]
)
def test_the_number_of_statements_does_not_grow(administrator: Client, address: str) -> None:
    make(0, 2)
    administrator.get(address)
    with CaptureQueriesContext(connection) as few:
        administrator.get(address)
    make(2, 25)
    with CaptureQueriesContext(connection) as many:
        administrator.get(address)
    assert len(many) == len(few)
    statements = "".join(query["sql"] for query in many)
    assert "zuora_client_secret" not in statements
    assert '"exception"' not in statements


# --- What a job changed


def test_the_page_of_a_job_lists_the_workflows_that_it_changed(
    viewer: Client, rossi: Customer, bianchi: Customer
) -> None:
    run, other = make_job(rossi, Status.SUCCEEDED), make_job(rossi, Status.SUCCEEDED)
    workflow = a_workflow(rossi, "1", name="Dunning")
    mine = [an_entry(workflow, kind, job_run=run) for kind in ("created", "renamed", "deleted")]
    an_entry(workflow, "settings", job_run=other)
    an_entry(a_workflow(bianchi, "1"), "created", job_run=run)  # no job does this
    page = viewer.get(page_of(run))
    changes = page.context["original"].changes()
    assert [one.entry for one in changes["entries"]] == mine[::-1]
    assert "Dunning" in page.content.decode().split('id="changes"')[1].split("</section>")[0]
    assert changes["all"] == ""


def test_a_running_job_lists_what_it_has_changed_so_far(viewer: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.RUNNING)
    an_entry(a_workflow(rossi, "1"), "created", job_run=run)
    assert len(viewer.get(page_of(run)).context["original"].changes()["entries"]) == 1


def test_of_many_changes_the_latest_are_listed_with_a_link_to_all(
    viewer: Client, rossi: Customer
) -> None:
    run = make_job(rossi, Status.SUCCEEDED)
    workflow = a_workflow(rossi, "1")
    for _ in range(MOST_CHANGES + 1):
        an_entry(workflow, "settings", job_run=run)
    changes = viewer.get(page_of(run)).context["original"].changes()
    assert len(changes["entries"]) == MOST_CHANGES
    assert viewer.get(changes["all"]).status_code == 200
    assert f"={rossi.pk}" in changes["all"]


def test_a_job_without_a_customer_lists_no_changes(administrator: Client, rossi: Customer) -> None:
    run = make_job(rossi, Status.SUCCEEDED)
    JobRun.objects.update(customer=None)
    assert b'id="changes"' not in administrator.get(page_of(run)).content
