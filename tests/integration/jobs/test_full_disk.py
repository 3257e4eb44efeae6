"""A database without room is waited for: no try is lost, and nothing is repeated every second."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings
from structlog.testing import capture_logs

from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs import runner, tasks
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun

from .conftest import again

REFUSE = """
CREATE SEQUENCE refusals;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('refusals') <= {times} THEN
        RAISE SQLSTATE '{code}' USING MESSAGE = 'could not extend file: No space left on device';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse BEFORE {event} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()
"""
CODES = {"disk full": "53100", "too many connections": "53300"}


@contextmanager
def refused(table: str, event: str, code: str, times: int) -> Iterator[None]:
    """The database's own way to refuse; a sequence counts also what is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute(REFUSE.format(table=table, event=event, code=code, times=times))
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse()")
        cursor.execute("DROP SEQUENCE refusals")


@pytest.fixture(autouse=True)
def a_minute_apart(settings: Settings, tenant: Tenant) -> None:
    settings.ZWM_SYNC_BACKOFF = 60
    tenant.add_workflow(tasks=1)


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_a_sync_that_cannot_store_waits_and_keeps_its_tries(
    run: JobRun, lease: Lease, code: str
) -> None:
    with refused("tasks", "INSERT", code, times=99), capture_logs() as logs:
        runner.perform(run.pk, lease, lambda: False, [])

    run = again(run)
    assert (run.status, run.attempt) == (JobRun.Status.WAITING, 0)
    assert run.due_at > timezone.now() + timedelta(seconds=30)
    [line] = [line for line in logs if line["event"] == "The job is tried again later"]
    assert "No space left on device" in line["reason"]


def test_a_job_that_cannot_even_be_given_back_is_not_repeated_every_second(
    run: JobRun, lease: Lease
) -> None:
    with (
        refused("job_manager", "UPDATE OF error", CODES["disk full"], times=2),
        capture_logs() as logs,
    ):
        tasks.perform(run.pk, lease, lambda: False, [])

    run = again(run)
    assert (run.status, run.attempt) == (JobRun.Status.WAITING, 0)
    assert run.due_at > timezone.now() + timedelta(seconds=30)
    [line] = [line for line in logs if line["event"] == "The database failed during a job"]
    assert "No space left on device" in line["reason"]
