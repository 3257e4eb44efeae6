"""A sync that waits for Zuora: it says so, and it can be cancelled, stopped and timed out."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from tests.acceptance.processes import eventually
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.jobs import control, queries, runner
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.errors import LostLockError, SyncTooLongError
from workflow_mirror.sync.service import WorkflowSyncService

from .conftest import Work, again

Status = JobRun.Status
# Generous: a busy machine needs longer than the second that it takes.
SECONDS_TO_NOTICE = 15.0
LONG = 120.0


def told_to_wait(fake: FakeZuora, tenant: Tenant) -> None:
    fake.fail("rate_limited", on="list", retry_after=LONG, times=None)


def never_answered(fake: FakeZuora, tenant: Tenant) -> None:
    fake.fail("slow", on="list", seconds=LONG, times=None)


def an_export_never_answered(fake: FakeZuora, tenant: Tenant) -> None:
    fake.fail("slow", on="export", seconds=LONG, times=None)


def a_token_never_answered(fake: FakeZuora, tenant: Tenant) -> None:
    fake.fail("slow", on="token", seconds=LONG, times=None)


WAITS = [told_to_wait, never_answered, an_export_never_answered, a_token_never_answered]


@pytest.fixture
def working(run: JobRun, lease: Lease) -> Iterator[None]:
    """The job is done in a thread of its own, with a client that keeps to what Zuora asks."""

    def work_on() -> None:
        runner.perform(run.pk, lease, lambda: False, [])
        connection.close()

    thread = threading.Thread(target=work_on)
    thread.start()
    yield
    thread.join(SECONDS_TO_NOTICE)
    assert not thread.is_alive()


@pytest.mark.parametrize("wait", WAITS)
def test_cancel_reaches_a_sync_that_waits(
    wait: Callable[[FakeZuora, Tenant], None],
    run: JobRun,
    tenant: Tenant,
    fake: FakeZuora,
    request: pytest.FixtureRequest,
) -> None:
    tenant.generate(3, tasks=1)
    wait(fake, tenant)
    request.getfixturevalue("working")
    eventually(lambda: again(run).requests > 0, SECONDS_TO_NOTICE)

    control.cancel(run.pk)

    eventually(lambda: again(run).status == Status.CANCELLED, SECONDS_TO_NOTICE)
    assert again(run).waiting_until is None


def test_a_sync_that_was_told_to_wait_says_until_when(
    run: JobRun, tenant: Tenant, fake: FakeZuora, request: pytest.FixtureRequest
) -> None:
    told_to_wait(fake, tenant)
    request.getfixturevalue("working")
    eventually(lambda: again(run).waiting_until is not None, SECONDS_TO_NOTICE)

    [job] = queries.monitor(EVERYTHING)["jobs"]
    assert timezone.now() < job["waiting_until"] < timezone.now() + timedelta(seconds=LONG)
    eventually(lambda: again(run).seconds_waited > 0, SECONDS_TO_NOTICE)
    assert again(run).requests > 0
    control.cancel(run.pk)


def test_a_worker_that_must_stop_gives_back_a_sync_that_waits(
    run: JobRun, tenant: Tenant, fake: FakeZuora, lease: Lease
) -> None:
    told_to_wait(fake, tenant)
    began = time.monotonic()

    runner.perform(run.pk, lease, lambda: time.monotonic() > began + 2, [])

    assert again(run).due_at <= timezone.now()
    assert time.monotonic() - began < LONG / 2
    assert again(run).status == Status.WAITING


def test_a_sync_notices_within_a_wait_that_its_lock_is_lost(
    customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    told_to_wait(fake, tenant)

    def cut() -> None:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        other.close()

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    timer = threading.Timer(1.5, cut)
    timer.start()
    began = time.monotonic()

    with pytest.raises(LostLockError):
        WorkflowSyncService().sync_customer_workflows(customer)

    assert time.monotonic() - began < LONG / 2
    timer.join()
    connection.close()


def test_a_sync_may_take_so_long_and_no_longer(
    customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    never_answered(fake, tenant)
    service = WorkflowSyncService(longest=timedelta(seconds=1))
    began = time.monotonic()

    with pytest.raises(SyncTooLongError, match="ZWM_SYNC_HOURS"):
        service.sync_customer_workflows(customer)

    assert time.monotonic() - began < LONG / 2


def test_the_longest_time_of_a_sync_is_a_setting(
    run: JobRun, tenant: Tenant, fake: FakeZuora, work: Work, settings: Settings
) -> None:
    settings.ZWM_SYNC_HOURS = 1 / 3600
    never_answered(fake, tenant)

    work()

    assert again(run).status == Status.FAILED
    assert "stopped after" in again(run).error
