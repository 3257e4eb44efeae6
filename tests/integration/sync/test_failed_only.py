"""A sync that takes up the failed exports alone."""

import pytest

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.sync.service import Progress, WorkflowSyncService
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.errors import ServerTroubleError

from .conftest import Mirror


@pytest.fixture
def failed(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> list[int]:
    """Of six workflows the two whose first export failed; nothing is wrong any more."""
    tenant.generate(6, tasks=2)
    failed = sorted(tenant.definitions)[:2]
    for key in failed:
        fake.fail("not_found", on="export", workflow_id=key, times=None)
    assert service.sync_customer_workflows(customer)["failed"] == 2
    fake.clear_faults()
    fake.requests.clear()
    return failed


def test_the_failed_exports_are_taken_up_and_nothing_is_listed(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    failed: list[int],
    assert_mirrored: Mirror,
) -> None:
    stats = service.sync_customer_workflows(customer, failed_only=True)

    assert (stats["total"], stats["updated"], stats["failed"]) == (2, 2, 0)
    assert fake.requests.counts() == {"get": 2, "export": 2}
    assert_mirrored(customer, tenant)


def test_the_next_whole_sync_finds_nothing_changed(
    service: WorkflowSyncService, customer: Customer, failed: list[int]
) -> None:
    service.sync_customer_workflows(customer, failed_only=True)

    stats = service.sync_customer_workflows(customer)

    assert (stats["unchanged"], stats["exported"], stats["total"]) == (6, 0, 6)


def test_one_that_fails_again_is_reported_again(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora, failed: list[int]
) -> None:
    fake.fail("not_found", on="export", workflow_id=failed[0], times=None)

    stats = service.sync_customer_workflows(customer, failed_only=True)

    assert (stats["updated"], stats["failed"], stats["total"]) == (1, 1, 2)
    assert Workflow.objects.exclude(export_error="").get().zuora_id == str(failed[0])


def test_one_that_is_gone_is_left_for_a_whole_sync(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, failed: list[int]
) -> None:
    tenant.delete(failed[0])

    stats = service.sync_customer_workflows(customer, failed_only=True)

    gone = Workflow.objects.get(zuora_id=str(failed[0]))
    assert (stats["updated"], stats["deleted"], stats["total"]) == (1, 0, 1)
    assert gone.deleted_at is None
    assert service.sync_customer_workflows(customer)["deleted"] == 1


def test_tombstones_and_other_customers_are_left_alone(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora, failed: list[int]
) -> None:
    other = Customer.objects.create(
        name="Bianchi",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id="x",
        zuora_client_secret="y",
    )
    first, second = Workflow.objects.exclude(export_error="").order_by("zuora_id")
    Workflow.objects.filter(pk=first.pk).update(deleted_at=first.created_at)
    Workflow.objects.filter(pk=second.pk).update(customer=other)

    assert service.sync_customer_workflows(customer, failed_only=True)["total"] == 0
    assert fake.requests.counts().get("get") is None


def test_trouble_at_zuora_ends_it_and_loses_nothing(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora, failed: list[int]
) -> None:
    fake.fail("server_error", on="get", times=None)

    with pytest.raises(ServerTroubleError):
        service.sync_customer_workflows(customer, failed_only=True)

    assert Workflow.objects.exclude(export_error="").count() == 2


def test_its_progress_is_told_and_can_stop_it(customer: Customer, failed: list[int]) -> None:
    told = list[tuple[int, int]]()

    def note(progress: Progress) -> None:
        told.append((progress.done, progress.listed))

    WorkflowSyncService(on_progress=note).sync_customer_workflows(customer, failed_only=True)

    assert told == [(0, 2), (1, 2), (2, 2)]


def test_with_nothing_to_retry_it_says_nothing_about_the_credentials(
    service: WorkflowSyncService, customer: Customer, fake: FakeZuora
) -> None:
    customer.needs_attention = "Invalid credentials"
    customer.save()

    service.sync_customer_workflows(customer, failed_only=True)

    stored = Customer.objects.get()
    assert len(fake.requests) == 0
    assert (stored.needs_attention, stored.credentials_checked_at) == ("Invalid credentials", None)


def test_a_retry_that_zuora_answers_clears_what_needed_attention(
    service: WorkflowSyncService, customer: Customer, failed: list[int]
) -> None:
    customer.needs_attention = "Invalid credentials"

    service.sync_customer_workflows(customer, failed_only=True)

    assert Customer.objects.get().needs_attention == ""
