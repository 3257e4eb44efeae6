"""A customer that is added: saved and synced, or neither."""

import pytest

from tests.integration.jobs.conftest import Work
from workflow_mirror.customers.errors import CustomerError
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Server, Tenant
from workflow_mirror.jobs.errors import EngineError
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.sync import first_sync


@pytest.fixture
def newcomer(tenant: Tenant, server: Server, transactional_db: None) -> Customer:
    return Customer(
        name="Bianchi & Figli",
        zuora_base_url=server.base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )


def test_its_first_sync_is_queued_and_done(newcomer: Customer, tenant: Tenant, work: Work) -> None:
    tenant.generate(3)
    report, job = first_sync.add_customer(newcomer, requested_by="anna")
    assert report.is_good
    run = JobRun.objects.get()
    assert job is not None
    assert (job.id, run.customer_id, run.requested_by) == (run.pk, newcomer.pk, "anna")
    work()
    assert newcomer.workflows.count() == 3


def test_one_that_zuora_refuses_is_not_saved_and_not_synced(newcomer: Customer) -> None:
    newcomer.zuora_client_secret = "wrong"
    with pytest.raises(CustomerError, match="was not saved"):
        first_sync.add_customer(newcomer, requested_by="anna")
    assert not Customer.objects.exists()
    assert not JobRun.objects.exists()


def test_one_that_cannot_be_tried_is_saved_and_tried_again(
    newcomer: Customer, fake: FakeZuora
) -> None:
    fake.fail("server_error", on="token", times=None)
    report, job = first_sync.add_customer(newcomer, requested_by="anna")
    assert report.problem
    assert job is not None
    assert Customer.objects.exists()
    assert JobRun.objects.get().status == "waiting"


def test_an_inactive_one_is_not_synced(newcomer: Customer) -> None:
    newcomer.is_active = False
    assert first_sync.add_customer(newcomer, requested_by="anna")[1] is None


def test_a_customer_whose_sync_cannot_be_queued_is_not_saved(
    newcomer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise EngineError("no engine")

    monkeypatch.setattr("workflow_mirror.sync.first_sync.request_syncs", fail)
    with pytest.raises(EngineError):
        first_sync.add_customer(newcomer, requested_by="anna")
    assert not Customer.objects.exists()
