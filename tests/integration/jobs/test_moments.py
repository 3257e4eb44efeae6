"""Moments that two hosts, or we and the engine, must agree on."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from workflow_mirror.fake_zuora import FakeZuora
from workflow_mirror.jobs import queries, reaper, tasks
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun, WorkerProcess

from .conftest import Work, again, engine_jobs, other_worker


def set_clock(monkeypatch: pytest.MonkeyPatch, off: timedelta) -> None:
    """Of this host; the database's stays right."""
    monkeypatch.setattr(timezone, "now", lambda: datetime.now(UTC) + off)


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_host_whose_clock_is_wrong_takes_nobody_for_dead(
    lease: Lease, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    set_clock(monkeypatch, off)

    assert reaper.reap() == 0

    assert [worker.pk for worker in queries.alive_workers()] == [lease.id]


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_host_whose_clock_is_wrong_finds_the_dead(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    other_worker(silent_for=3600)
    set_clock(monkeypatch, off)

    assert queries.alive_workers() == []
    reaper.reap()

    assert not WorkerProcess.objects.exists()


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_signs_of_life_are_dated_by_the_database(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    set_clock(monkeypatch, off)
    with Lease(1) as lease:
        first = WorkerProcess.objects.get(pk=lease.id)
        lease.beat()
        second = WorkerProcess.objects.get(pk=lease.id)

    assert first.started_at == first.heartbeat_at < second.heartbeat_at
    assert abs(second.heartbeat_at - datetime.now(UTC)) < timedelta(seconds=10)


def test_the_engine_tries_again_at_the_moment_that_the_job_tells(
    run: JobRun, fake: FakeZuora, work: Work, settings: Settings
) -> None:
    settings.ZWM_SYNC_BACKOFF = 1234.567
    fake.fail("server_error", on="list", times=None)

    work()

    assert again(run).status == JobRun.Status.RETRYING
    assert engine_jobs("status", "scheduled_at") == [("todo", again(run).due_at)]
    assert again(run).due_at > timezone.now() + timedelta(seconds=1200)


def test_a_connection_cut_while_idle_costs_neither_a_try_nor_a_wait(
    run: JobRun, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(_: float) -> None:
        pytest.fail("It waited")

    monkeypatch.setattr(time, "sleep", wait)
    connection.ensure_connection()
    connection.connection.close()

    tasks.perform(run.pk, lease, lambda: False, [])

    assert (again(run).due_at, again(run).status, again(run).attempt) == (run.due_at, "waiting", 0)
