"""Every log line of a sync carries the ids of its job, batch and customer, in whatever thread."""

import json
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.integration.processes import django_process
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.jobs import runner
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.direct import sync_now
from workflow_mirror.sync.requests import request_syncs
from workflow_mirror.sync.service import WorkflowSyncService

from .conftest import Work

RETRY = "Asking Zuora again after a wait"  # said in the thread that downloads
WORK = """
from workflow_mirror.jobs import worker
from workflow_mirror.logs import configure
configure(settings.LOGGING)
worker.work(concurrency=2, one_shot=True)
"""


@pytest.fixture
def logs() -> Iterator[list[EventDict]]:
    with capture_logs([structlog.contextvars.merge_contextvars]) as events:
        yield events


@pytest.fixture
def other_customer(fake: FakeZuora, server: Server, customer: Customer) -> Customer:
    tenant = fake.add_tenant("bianchi")
    tenant.generate(2, tasks=1)
    return Customer.objects.create(
        name="Bianchi",
        zuora_base_url=server.base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )


def test_every_json_line_of_a_sync_job_carries_its_ids(
    fake: FakeZuora, tenant: Tenant, customer: Customer, other_customer: Customer
) -> None:
    tenant.generate(4, tasks=1)
    for name in ("rossi", "bianchi"):
        fake.fail("server_error", on="export", tenant=name, times=1, status=503, retry_after=0)
    fake.fail("not_found", on="export", tenant="rossi", after=1, times=1)
    request_syncs([customer, other_customer], requested_by="test")

    process = django_process(WORK, ZWM_LOG_FORMAT="json")
    _, said = process.communicate(timeout=60)

    lines = [json.loads(line) for line in said.splitlines()]
    assert all("kind" in line for line in lines if not line["event"].startswith("Worker "))
    of_jobs = [line for line in lines if line.get("kind") == "sync"]
    ids = {
        (run.pk, run.batch_id, run.customer_id): str(run.customer)
        for run in JobRun.objects.filter(kind="sync")
    }
    told = [(line["job_id"], line["batch_id"], line["customer_id"]) for line in of_jobs]
    assert None not in {batch for _, batch, _ in ids}
    assert set(told) == set(ids)
    assert all(line["customer"] == ids[one] for one, line in zip(told, of_jobs, strict=True))
    for one, name in ids.items():
        mine = [line["event"] for line in of_jobs if line["customer"] == name]
        assert (mine[0], mine.count("Job started")) == ("Job started", 1), one
        assert (mine[-1], mine.count("Job ended")) == ("Job ended", 1), one
    events = {(line["event"], line["customer_id"]) for line in of_jobs}
    assert {(RETRY, customer.pk), (RETRY, other_customer.pk)} < events
    assert ("Failed to download workflow JSON", customer.pk) in events
    assert ("Workflow sync completed", other_customer.pk) in events


def test_a_sync_without_a_job_carries_its_customer(
    logs: list[EventDict], fake: FakeZuora, tenant: Tenant, customer: Customer
) -> None:
    tenant.generate(2, tasks=1)
    fake.fail("server_error", on="export", status=503, retry_after=0)

    sync_now([customer], requested_by="test")

    assert RETRY in {line["event"] for line in logs}
    assert {line["customer_id"] for line in logs} == {customer.pk}
    assert structlog.contextvars.get_contextvars() == {}


def test_the_line_of_a_second_call_carries_the_ids_of_its_job(
    logs: list[EventDict], run: JobRun, lease: Lease
) -> None:
    runner.perform(run.pk, lease, lambda: False, [])
    logs.clear()

    runner.perform(run.pk, lease, lambda: False, [])

    assert [line["event"] for line in logs] == ["This job has nothing to do now"]
    ids = (logs[0]["job_id"], logs[0]["batch_id"], logs[0]["customer_id"])
    assert ids == (run.pk, run.batch_id, run.customer_id)


def test_the_line_of_a_bug_carries_the_ids_of_its_job(
    logs: list[EventDict], run: JobRun, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def divide(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(WorkflowSyncService, "_sync_everything", divide)

    work()

    [line] = [line for line in logs if line["event"] == "Bug in a job"]
    ids = (line["job_id"], line["batch_id"], line["customer_id"])
    assert ids == (run.pk, run.batch_id, run.customer_id)


@pytest.mark.parametrize(
    ("fault", "states"),
    [
        ({}, ["succeeded"]),
        ({"kind": "not_found", "on": "export"}, ["completed_with_errors"]),
        ({"kind": "server_error", "on": "list"}, ["retrying", "failed"]),
    ],
)
def test_each_attempt_says_that_it_starts_and_how_it_ends(
    logs: list[EventDict],
    fake: FakeZuora,
    tenant: Tenant,
    run: JobRun,
    work: Work,
    fault: dict[str, str],
    states: list[str],
) -> None:
    tenant.generate(2, tasks=1)
    if fault:
        fake.fail(fault["kind"], on=fault["on"], times=None)

    work()

    mine = [line for line in logs if line.get("job_id") == run.pk]
    started = [line for line in mine if line["event"] == "Job started"]
    ended = [line for line in mine if line["event"] == "Job ended"]
    assert [line["attempt"] for line in started] == list(range(1, len(states) + 1))
    assert [line["status"] for line in ended] == states
    names = {(line["kind"], line["customer"]) for line in mine}
    assert names == {("sync", "Rossi S.p.A.")}
    assert all(line["seconds"] >= 0 for line in ended)
