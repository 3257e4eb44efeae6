"""Jobs through the real engine: what a worker makes of each way a sync can end."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from structlog.testing import capture_logs

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.jobs import control, engine, retry
from workflow_mirror.jobs import work as work_module
from workflow_mirror.jobs.errors import GiveBackError
from workflow_mirror.jobs.models import JobRun, WorkerProcess
from workflow_mirror.sync.lock import customer_lock
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.sync.service import Progress, WorkflowSyncService
from workflow_mirror.workflows.models import Workflow

from .conftest import Work, again, customer_of, engine_jobs, queued

Status = JobRun.Status


def outcomes(run: JobRun) -> list[tuple[int, str]]:
    return list(run.attempts.values_list("number", "outcome"))


def test_a_sync_that_went_well_is_a_succeeded_job(run: JobRun, tenant: Tenant, work: Work) -> None:
    tenant.generate(3, tasks=2)

    work()

    run = again(run)
    assert (run.status, run.attempt, run.error) == (Status.SUCCEEDED, 1, "")
    assert run.output is not None
    assert (run.output["created"], run.requests) == (3, run.output["requests"])
    assert (run.progress_done, run.progress_total) == (3, 3)
    assert run.started_at is not None
    assert run.finished_at is not None
    assert run.queued_at <= run.started_at <= run.finished_at
    assert outcomes(run) == [(1, "succeeded")]


def test_the_engine_and_the_list_of_workers_are_clean_afterwards(run: JobRun, work: Work) -> None:
    work()

    assert engine_jobs("id") == []
    assert not WorkerProcess.objects.exists()


def test_errors_in_single_workflows_complete_the_job_with_errors(
    run: JobRun, tenant: Tenant, fake: FakeZuora, work: Work
) -> None:
    tenant.generate(3, tasks=1)
    fake.fail("not_found", on="export", workflow_id=min(tenant.definitions), times=None)

    work()

    run = again(run)
    assert run.output is not None
    assert (run.status, run.output["failed"]) == (Status.COMPLETED_WITH_ERRORS, 1)
    assert outcomes(run) == [(1, "completed_with_errors")]


def test_bad_credentials_fail_the_job_at_once(run: JobRun, fake: FakeZuora, work: Work) -> None:
    fake.fail("bad_credentials", times=None)

    work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.FAILED, 1)
    assert "Invalid credentials" in run.error
    assert "Traceback" in run.exception
    assert "InvalidCredentialsError" in run.exception
    assert engine_jobs("id") == []


def test_a_bug_fails_the_job_at_once_with_its_whole_trace(
    run: JobRun, tenant: Tenant, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant.generate(1, tasks=1)

    def divide(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(WorkflowSyncService, "_plan_page", divide)

    work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.FAILED, 1)
    assert run.error.startswith("Unexpected error: ZeroDivisionError in sync/service.py, line ")
    assert run.exception.startswith("Traceback")
    assert "in divide" in run.exception
    assert "ZeroDivisionError" in run.exception


def test_the_trace_and_the_error_of_a_job_hold_no_secret(
    run: JobRun, tenant: Tenant, fake: FakeZuora, work: Work
) -> None:
    fake.fail("bad_credentials", times=None)

    work()

    attempt = run.attempts.get()
    told = again(run).error + again(run).exception + attempt.error + attempt.exception
    assert tenant.client_secret not in told


def test_trouble_at_zuora_is_tried_again_until_the_tries_are_used_up(
    run: JobRun, fake: FakeZuora, work: Work
) -> None:
    fake.fail("server_error", on="list", times=None)

    work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.FAILED, 2)
    assert outcomes(run) == [(1, "retrying"), (2, "failed")]
    for attempt in run.attempts.all():
        assert "HTTP 500" in attempt.error
        assert "ServerTroubleError" in attempt.exception


def test_a_try_that_goes_well_ends_the_trouble(
    run: JobRun, tenant: Tenant, fake: FakeZuora, work: Work
) -> None:
    tenant.generate(2, tasks=1)
    fake.fail("server_error", on="list", times=4)  # as often as the client asks in one try

    work()

    run = again(run)
    assert (run.status, run.attempt, run.error, run.exception) == (Status.SUCCEEDED, 2, "", "")
    assert outcomes(run) == [(1, "retrying"), (2, "succeeded")]


def test_the_next_try_waits_as_long_as_the_setting_says(
    run: JobRun, fake: FakeZuora, work: Work, settings: Settings
) -> None:
    settings.ZWM_SYNC_BACKOFF = 90
    fake.fail("server_error", on="list", times=None)

    work()

    run = again(run)
    ended = run.attempts.get().finished_at
    assert ended is not None
    assert run.status == Status.RETRYING
    assert 85 < (run.due_at - ended).total_seconds() < 95
    [(scheduled, status)] = engine_jobs("scheduled_at", "status")
    assert status == "todo"
    assert abs((scheduled - run.due_at).total_seconds()) < 2


def test_the_next_try_waits_as_long_as_zuora_asks(run: JobRun, fake: FakeZuora, work: Work) -> None:
    fake.fail("rate_limited", on="list", times=None, retry_after=3600)

    work()

    run = again(run)
    ended = run.attempts.get().finished_at
    assert ended is not None
    assert run.status == Status.RETRYING
    assert 3550 < (run.due_at - ended).total_seconds() < 3650


def test_a_sync_that_runs_elsewhere_costs_no_try(
    run: JobRun, work: Work, fake: FakeZuora, monkeypatch: pytest.MonkeyPatch
) -> None:
    with customer_lock(customer_of(run)):
        work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.WAITING, 0)
    assert run.due_at > run.queued_at + retry.BUSY_PAUSE
    assert outcomes(run) == [(1, "given back")]
    assert list(fake.requests) == []


def test_a_waiting_job_that_was_cancelled_never_begins(
    run: JobRun, work: Work, fake: FakeZuora
) -> None:
    assert control.cancel(run.pk) == "cancelled"

    work()

    assert again(run).status == Status.CANCELLED
    assert (list(fake.requests), engine_jobs("id")) == ([], [])


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[Progress], None]]:
    """What is to be done at each step of a sync, before the job looks at its progress."""
    watchers = list[Callable[[Progress], None]]()
    tell = WorkflowSyncService.__init__

    def watched_too(service: WorkflowSyncService, **options: Any) -> None:
        on_progress = options.pop("on_progress")

        def watch(progress: Progress) -> None:
            for watcher in watchers:
                watcher(progress)
            on_progress(progress)

        tell(service, on_progress=watch, **options)

    monkeypatch.setattr(WorkflowSyncService, "__init__", watched_too)
    monkeypatch.setattr(work_module, "SECONDS_BETWEEN_NOTES", 0)
    return watchers


def test_a_running_job_that_is_cancelled_stops_at_its_next_step_and_keeps_what_it_has(
    run: JobRun, tenant: Tenant, work: Work, watched: list[Callable[[Progress], None]]
) -> None:
    tenant.generate(120, tasks=1)

    def cancel(progress: Progress) -> None:
        if progress.done >= 20 and again(run).status == Status.RUNNING:
            assert control.cancel(run.pk) == "asked"

    watched.append(cancel)
    work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.CANCELLED, 1)
    assert 20 <= Workflow.objects.count() < 120
    assert run.output is not None
    assert run.output["created"] == Workflow.objects.count()
    assert outcomes(run) == [(1, "cancelled")]


def test_progress_is_noted_on_the_way(
    run: JobRun, tenant: Tenant, work: Work, watched: list[Callable[[Progress], None]]
) -> None:
    tenant.generate(120, tasks=1)
    seen = list[tuple[int, int]]()

    def look(_progress: Progress) -> None:
        now = again(run)
        seen.append((now.progress_done, now.progress_total))

    watched.append(look)
    work()

    assert seen == sorted(seen)
    assert (0, 0) in seen
    assert len(set(seen)) > 3
    assert again(run).progress_done == 120


def test_a_worker_that_must_stop_gives_the_job_back_without_costing_a_try(
    run: JobRun, tenant: Tenant, work: Work, watched: list[Callable[[Progress], None]]
) -> None:
    tenant.generate(60, tasks=1)
    times = list[int]()

    def stop_once(_progress: Progress) -> None:
        times.append(1)
        if len(times) == 1:
            raise GiveBackError

    watched.append(stop_once)
    with capture_logs() as logs:
        work()

    run = again(run)
    assert (run.status, run.attempt) == (Status.SUCCEEDED, 1)
    assert outcomes(run) == [(1, "given back"), (1, "succeeded")]
    assert [line["event"] for line in logs if line["event"].startswith("Workflow sync")] == [
        "Workflow sync stopped",
        "Workflow sync completed",
    ]


def test_a_job_that_another_worker_took_ends_without_a_word(
    run: JobRun, tenant: Tenant, work: Work, watched: list[Callable[[Progress], None]]
) -> None:
    tenant.generate(60, tasks=1)

    def take_away(_progress: Progress) -> None:
        JobRun.objects.filter(status=Status.RUNNING).update(attempt=7)

    watched.append(take_away)
    work()

    assert (again(run).status, again(run).attempt) == (Status.RUNNING, 7)


def test_a_customer_removed_while_its_sync_runs_leaves_nothing(
    run: JobRun, tenant: Tenant, work: Work, watched: list[Callable[[Progress], None]]
) -> None:
    tenant.generate(60, tasks=1)

    def remove(_progress: Progress) -> None:
        Customer.objects.all().delete()

    watched.append(remove)
    work()

    assert not JobRun.objects.exists()
    assert not Workflow.objects.exists()
    assert engine_jobs("id") == []


def test_two_jobs_of_a_customer_never_run_at_once(
    run: JobRun,
    tenant: Tenant,
    fake: FakeZuora,
    work: Work,
    watched: list[Callable[[Progress], None]],
) -> None:
    tenant.generate(3, tasks=1)
    asked = Event()

    def ask_again(_progress: Progress) -> None:
        if not asked.is_set():
            asked.set()
            assert not request_syncs([customer_of(run)], requested_by="test").jobs[0].joined

    watched.append(ask_again)
    work()
    work()

    runs = list(JobRun.objects.filter(kind="sync").order_by("pk"))
    assert [one.status for one in runs] == [Status.SUCCEEDED, Status.SUCCEEDED]
    assert runs[0].finished_at is not None
    assert runs[1].started_at is not None
    assert runs[0].finished_at <= runs[1].started_at


def test_of_a_job_completed_with_errors_a_retry_takes_up_the_failed_exports_alone(
    run: JobRun, tenant: Tenant, fake: FakeZuora, work: Work
) -> None:
    tenant.generate(4, tasks=1)
    bad = min(tenant.definitions)
    fake.fail("not_found", on="export", workflow_id=bad, times=None)
    work()
    fake.clear_faults()
    fake.requests.clear()

    control.retry(run.pk)
    work()

    run = again(run)
    assert run.output is not None
    assert (run.status, run.output["total"], run.output["updated"]) == (Status.SUCCEEDED, 1, 1)
    assert fake.requests.counts() == {"get": 1, "export": 1}
    assert [number for number, _ in outcomes(run)] == [1, 1]


def test_a_job_unknown_to_us_is_dropped(work: Work, customer: Customer) -> None:
    run = queued(customer)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM job_manager WHERE id = %s", [run.pk])

    work()

    assert engine_jobs("id") == []


def test_a_worker_takes_only_jobs_of_its_queue(run: JobRun, work: Work) -> None:
    assert engine_jobs("queue_name", "task_name") == [(engine.QUEUE, engine.TASK)]
