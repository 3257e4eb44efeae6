"""PostgreSQL repeats the failing row in its error; nothing logs, stores or shows that."""

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.urls import reverse

from tests.integration.processes import django_process
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.jobs import queries
from workflow_mirror.jobs.models import JobRun

from .conftest import again

WORK = """
from workflow_mirror.jobs import worker
from workflow_mirror.logs import configure
configure(settings.LOGGING)
worker.work(concurrency=2, one_shot=True)
"""
PASSWORD = "sftp-pass-4711"


@pytest.fixture
def failing_row(run: JobRun, tenant: Tenant) -> Iterator[None]:
    """A task with a third party's password, and a table that refuses every task."""
    row = tenant.add_workflow(tasks=1)
    document = tenant.export(row.id)
    document["tasks"][0]["parameters"] = {"password": PASSWORD}
    tenant.set_export(row.id, document)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks ADD CONSTRAINT refused CHECK (name = 'x') NOT VALID")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks DROP CONSTRAINT refused")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_refused_row_is_told_without_its_data(
    run: JobRun, failing_row: None, log_format: str
) -> None:
    process = django_process(WORK, ZWM_LOG_FORMAT=log_format)
    printed, logged = process.communicate(timeout=60)

    run = again(run)
    attempts = list(run.attempts.values_list("error", "exception"))
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", password="x"))
    page = client.get(reverse("admin:jobs_jobrun_change", args=(run.pk,))).content.decode()
    shown = [
        run.error,
        run.exception,
        str(attempts),
        str(queries.failed(EVERYTHING)),
        page,
        printed,
        logged,
    ]
    assert run.status == JobRun.Status.FAILED
    assert "CheckViolation (SQLSTATE 23514)" in run.error
    assert [name in run.exception for name in ("refused", "in store")] == [True, True]
    assert ["CheckViolation" in text for text in (page, logged)] == [True, True]
    assert [text for text in shown if PASSWORD in text] == []
