"""Looking at jobs: what runs, what waits and when it may begin, what has failed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.sync_jobs import sync_job
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import queries
from workflow_mirror.jobs.errors import UnknownJobError
from workflow_mirror.jobs.models import JobAttempt, JobRun
from workflow_mirror.sync.requests import request_syncs

from .conftest import other_worker

Status = JobRun.Status
type Make = Callable[[int], list[Customer]]


@pytest.fixture
def three(make_customers: Make) -> list[Customer]:
    customers = make_customers(3)
    request_syncs(customers, requested_by="test")
    return customers


def earlier_run(customer: Customer, seconds: float) -> None:
    now = timezone.now()
    JobRun.objects.create(
        **sync_job(customer),
        requested_by="test",
        status=Status.SUCCEEDED,
        queued_at=now,
        due_at=now,
        started_at=now - timedelta(seconds=seconds),
        finished_at=now,
    )


def starts() -> list[float | None]:
    """In how many seconds each waiting job starts, to the nearest ten."""
    now = timezone.now()
    moments = [
        job["starts_at"] for job in queries.monitor(EVERYTHING)["jobs"] if "starts_at" in job
    ]
    return [moment and round((moment - now).total_seconds(), -1) for moment in moments]


def test_waiting_jobs_know_their_place(three: list[Customer]) -> None:
    jobs = queries.monitor(EVERYTHING)["jobs"]

    assert [(job["number"], job["customer"]) for job in jobs] == [
        (1, "Cliente 000"),
        (2, "Cliente 001"),
        (3, "Cliente 002"),
    ]


def test_without_a_worker_nobody_knows_when_a_job_starts(three: list[Customer]) -> None:
    other_worker(silent_for=3600)

    state = queries.monitor(EVERYTHING)

    assert starts() == [None, None, None]
    assert state["workers"] == []


def test_the_start_is_estimated_from_earlier_runs_and_the_workers_alive(
    three: list[Customer],
) -> None:
    other_worker()  # which does two at a time
    earlier_run(three[0], 100)
    earlier_run(three[0], 300)
    earlier_run(three[1], 60)

    assert starts() == [0, 0, 60]


def test_of_a_customer_without_earlier_runs_the_others_tell(three: list[Customer]) -> None:
    other_worker()
    earlier_run(three[2], 80)

    assert starts() == [0, 0, 80]


def test_without_any_earlier_run_half_a_minute_is_assumed(three: list[Customer]) -> None:
    other_worker()

    assert starts() == [0, 0, 30]


def test_running_jobs_are_in_the_way_until_they_end(three: list[Customer]) -> None:
    worker = other_worker()
    earlier_run(three[0], 100)
    JobRun.objects.filter(customer__in=three[:2], status=Status.WAITING).update(
        status=Status.RUNNING, worker=worker, started_at=timezone.now() - timedelta(seconds=60)
    )

    assert starts() == [40]


def test_a_job_does_not_start_before_it_is_due(three: list[Customer]) -> None:
    other_worker()
    JobRun.objects.filter(customer=three[0]).update(
        status=Status.RETRYING, due_at=timezone.now() + timedelta(seconds=600)
    )

    [*_, last] = queries.monitor(EVERYTHING)["jobs"]

    assert (last["customer"], last["status"], last["number"]) == ("Cliente 000", "retrying", 3)
    assert starts()[-1] == 600


def test_one_slot_does_the_jobs_in_the_order_in_which_they_become_due(make_customers: Make) -> None:
    early, late = make_customers(2)
    request_syncs([early], requested_by="test")
    request_syncs([late], requested_by="test")
    worker = other_worker()
    worker.concurrency = 1
    worker.save()
    JobRun.objects.filter(customer=early).update(due_at=timezone.now() + timedelta(seconds=30))
    JobRun.objects.filter(customer=late).update(due_at=timezone.now() + timedelta(seconds=10))

    assert starts() == [10, 40]


def test_jobs_are_counted_by_status(three: list[Customer]) -> None:
    earlier_run(three[0], 1)
    JobRun.objects.filter(customer=three[2]).update(status=Status.RUNNING)

    state = queries.monitor(EVERYTHING)

    assert (state["waiting"], state["running"]) == (2, 1)
    assert state["counts"] == {"waiting": 2, "running": 1, "succeeded": 1}


def test_the_monitor_asks_the_same_number_of_questions_for_many_jobs(make_customers: Make) -> None:
    customers = make_customers(40)
    request_syncs(customers[:2], requested_by="test")
    with CaptureQueriesContext(connection) as few:
        queries.monitor(EVERYTHING)
    request_syncs(customers[2:], requested_by="test")
    with CaptureQueriesContext(connection) as many:
        queries.monitor(EVERYTHING)

    assert len(many) == len(few)


def test_failed_jobs_are_shown_newest_first_with_traces_and_attempts(
    three: list[Customer],
) -> None:
    now = timezone.now()
    for run in JobRun.objects.order_by("pk")[:2]:
        JobAttempt.objects.create(
            job_run=run, number=1, worker="w", started_at=now, outcome="failed", error="why"
        )
        run.status, run.error, run.exception = Status.FAILED, "why", f"trace {run.customer}"
        run.finished_at = now + timedelta(seconds=run.pk)
        run.save()

    jobs = queries.failed(EVERYTHING)["jobs"]

    assert [job["exception"] for job in jobs] == ["trace Cliente 001", "trace Cliente 000"]
    assert [(one["number"], one["outcome"], one["error"]) for one in jobs[0]["attempts"]] == [
        (1, "failed", "why")
    ]


def test_failed_jobs_come_in_pages_and_each_once(three: list[Customer]) -> None:
    now = timezone.now()
    for number in range(7):
        JobRun.objects.create(
            **sync_job(three[number % 3]),
            requested_by="test",
            status=Status.FAILED,
            queued_at=now,
            due_at=now,
            finished_at=now - timedelta(seconds=number // 2),  # some at the same moment
        )
    whole = [job["id"] for job in queries.failed(EVERYTHING)["jobs"]]
    pages, after = [], None
    while True:
        page = queries.failed(EVERYTHING, 3, after)
        pages.append([job["id"] for job in page["jobs"]])
        assert page["total"] == 7
        after = page["next"]
        if after is None:
            break
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [run for page in pages for run in page] == whole


def test_a_page_after_a_job_that_is_not_failed_is_refused(three: list[Customer]) -> None:
    waiting = JobRun.objects.latest("pk")
    for run_id in (waiting.pk, 0):
        with pytest.raises(UnknownJobError):
            queries.failed(EVERYTHING, after=run_id)


def test_no_answer_holds_a_secret(three: list[Customer]) -> None:
    JobRun.objects.filter(customer=three[0]).update(status=Status.FAILED)

    with CaptureQueriesContext(connection) as asked:
        told = str(queries.monitor(EVERYTHING)) + str(queries.failed(EVERYTHING))

    assert "secret" not in told
    assert not any("zuora_client_secret" in one["sql"] for one in asked)


def test_the_view_of_failed_jobs_shows_those_alone(three: list[Customer]) -> None:
    failed, *_ = JobRun.objects.order_by("pk")
    now = timezone.now()
    JobRun.objects.filter(pk=failed.pk).update(
        status=Status.FAILED, error="refused", finished_at=now
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, customer_id, error, failed_at FROM failed_jobs")
        assert cursor.fetchall() == [(failed.pk, three[0].pk, "refused", now)]


def test_jobs_of_one_kind_are_told_of_alone(three: list[Customer]) -> None:
    now = timezone.now()
    JobRun.objects.create(
        kind="prune", unique_key="prune", requested_by="x", queued_at=now, due_at=now
    )

    whole, prunings = queries.monitor(EVERYTHING), queries.monitor(EVERYTHING, "prune")

    assert (whole["waiting"], prunings["waiting"]) == (4, 1)
    [job] = prunings["jobs"]
    assert (job["kind"], job["customer"], job["number"]) == ("prune", None, 4)
    assert prunings["counts"] == {"waiting": 1}
