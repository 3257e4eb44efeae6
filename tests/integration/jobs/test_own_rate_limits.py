"""A customer's own 429s slow that customer down, and no other."""

import pytest

from tests.integration.processes import django_process
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync.requests import request_syncs

from .conftest import Work

PAUSE = 2.0
SYNC = """
from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.service import WorkflowSyncService
sys.stdin.readline()
WorkflowSyncService().sync_customer_workflows(Customer.objects.get(name=sys.argv[2]))
"""


@pytest.fixture
def calm(fake: FakeZuora, server: Server, customer: Customer, tenant: Tenant) -> Customer:
    """A customer that Zuora answers, while `customer` is told to wait."""
    calm = fake.add_tenant("calm")
    for whose in (tenant, calm):
        whose.generate(5, tasks=1)
    fake.fail("rate_limited", on="export", tenant=tenant.name, retry_after=PAUSE)
    return Customer.objects.create(
        name="Calm",
        zuora_base_url=server.base_url,
        zuora_client_id=calm.client_id,
        zuora_client_secret=calm.client_secret,
    )


def calm_ended_during_the_pause(fake: FakeZuora, tenant: Tenant) -> bool:
    refused = next(record for record in fake.requests if record.status == 429)
    exported = fake.requests.of("export")
    resumed = max(record.started for record in exported if record.tenant == tenant.name)
    ended = max(record.finished for record in exported if record.tenant == "calm")
    assert resumed - refused.finished >= PAUSE - 0.1
    return ended < resumed


def test_in_the_threads_of_one_worker(
    fake: FakeZuora, tenant: Tenant, customer: Customer, calm: Customer, work: Work
) -> None:
    request_syncs([customer, calm], requested_by="test")

    work()

    paused, free = (JobRun.objects.get(customer=whose) for whose in (customer, calm))
    assert {paused.status, free.status} == {JobRun.Status.SUCCEEDED}
    assert paused.seconds_waited >= PAUSE
    assert free.seconds_waited == 0
    assert calm_ended_during_the_pause(fake, tenant)


def test_over_processes(
    fake: FakeZuora, tenant: Tenant, customer: Customer, calm: Customer
) -> None:
    processes = [django_process(SYNC, whose.name) for whose in (customer, calm)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint

    assert len([record for record in fake.requests.of("export") if record.status == 200]) == 10
    assert calm_ended_during_the_pause(fake, tenant)
