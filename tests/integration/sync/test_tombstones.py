"""Promise 4: what it takes to become a tombstone, and the way back."""

import pytest

from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details
from workflow_mirror.errors import Coded
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.sync.errors import MOST_NAMED, MassDeletionRefusedError
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.sync.stale import refuse_mass_deletion, refused_ids
from workflow_mirror.workflows.models import Task, Workflow
from workflow_mirror.zuora.errors import TryAgainError

from .conftest import Mirror


def alive(customer: Customer) -> set[str]:
    found = Workflow.objects.filter(customer=customer, deleted_at=None)
    return set(found.values_list("zuora_id", flat=True))


def test_a_workflow_deleted_in_zuora_becomes_a_tombstone_with_everything_kept(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    tenant.generate(3, tasks=2)
    service.sync_customer_workflows(customer)
    gone = min(tenant.definitions)
    export = Workflow.objects.get(zuora_id=str(gone)).json_export
    tenant.delete(gone)

    stats = service.sync_customer_workflows(customer)

    tombstone = Workflow.objects.get(zuora_id=str(gone))
    assert (stats["deleted"], stats["unchanged"], stats["total"]) == (1, 2, 3)
    assert tombstone.deleted_at is not None
    assert tombstone.json_export == export
    assert Task.objects.filter(workflow=tombstone).count() == 2
    assert_mirrored(customer, tenant)


def test_a_tombstone_is_counted_and_asked_for_once(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)
    service.sync_customer_workflows(customer)
    tenant.delete(min(tenant.definitions))
    service.sync_customer_workflows(customer)
    fake.requests.clear()

    assert service.sync_customer_workflows(customer)["deleted"] == 0

    assert fake.requests.counts() == {"list": 1}


def test_one_that_comes_back_is_revived(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    tenant.generate(3, tasks=2)
    service.sync_customer_workflows(customer)
    gone = min(tenant.definitions)
    tenant.delete(gone)
    service.sync_customer_workflows(customer)
    tenant.restore(gone)

    stats = service.sync_customer_workflows(customer)

    assert (stats["restored"], stats["unchanged"], stats["total"]) == (1, 2, 3)
    assert_mirrored(customer, tenant)


@pytest.mark.parametrize(
    ("missing", "mirrored", "refused"),
    [(5, 5, False), (6, 6, True), (5, 20, False), (20, 100, False), (21, 100, True)],
)
def test_more_than_five_and_a_fifth_may_not_vanish_at_once(
    missing: int, mirrored: int, *, refused: bool
) -> None:
    ids = [str(number) for number in range(missing)]
    if refused:
        with pytest.raises(MassDeletionRefusedError, match="--allow-mass-delete") as refusal:
            refuse_mass_deletion(ids, mirrored)
        assert refused_ids(error_details(refusal.value)) == ids
    else:
        refuse_mass_deletion(ids, mirrored)


def test_a_refusal_names_the_first_of_very_many_and_counts_them_all() -> None:
    ids = [f"{number:04}" for number in range(1000)]
    with pytest.raises(MassDeletionRefusedError, match="1000 of 2000") as refusal:
        refuse_mass_deletion(ids, 2000)
    assert refused_ids(error_details(refusal.value)) == ids[:MOST_NAMED]


def test_an_earlier_versions_refusal_names_none_and_other_errors_are_no_refusal() -> None:
    facts = {"missing": 7, "mirrored": 9, "limit": 5}
    assert refused_ids(Coded(code="mass_deletion_refused", facts=facts)) == []
    assert refused_ids(Coded(code="lost_lock", facts={})) is None
    assert refused_ids(None) is None


def test_a_mass_deletion_changes_nothing_and_the_rest_is_synced(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(20, tasks=1)
    service.sync_customer_workflows(customer)
    ids = sorted(tenant.definitions)
    for key in ids[:6]:
        tenant.delete(key)
    tenant.rename(ids[10], "Renamed meanwhile")

    with pytest.raises(MassDeletionRefusedError, match="6 of 20"):
        service.sync_customer_workflows(customer)

    assert len(alive(customer)) == 20
    assert Workflow.objects.filter(name="Renamed meanwhile").exists()
    assert service.stats["updated"] == 1


def test_allow_mass_delete_means_it(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    tenant.generate(20, tasks=1)
    service.sync_customer_workflows(customer)
    for key in sorted(tenant.definitions)[:12]:
        tenant.delete(key)

    stats = service.sync_customer_workflows(customer, allow_mass_delete=True)

    assert (stats["deleted"], stats["unchanged"]) == (12, 8)
    assert_mirrored(customer, tenant)


def test_even_then_a_lying_list_deletes_nothing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(20, tasks=1)
    service.sync_customer_workflows(customer)
    fake.fail("empty_list", on="list")

    stats = service.sync_customer_workflows(customer, allow_mass_delete=True)

    assert (stats["deleted"], stats["unchanged"]) == (0, 20)
    assert len(alive(customer)) == 20


def test_an_empty_list_of_a_small_customer_deletes_nothing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)
    service.sync_customer_workflows(customer)
    fake.fail("empty_list", on="list")

    stats = service.sync_customer_workflows(customer)

    assert (stats["deleted"], stats["unchanged"], stats["total"]) == (0, 3, 3)


def test_a_page_that_shifts_while_reading_loses_nothing(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    tenant.generate(120, tasks=1)
    service.sync_customer_workflows(customer)
    fake.fail("shifting_page", on="list", change="delete")

    stats = service.sync_customer_workflows(customer)

    # The row that slipped from page 2 to page 1 was found by its id; the one that made room for
    # it had been listed before it went, so the next sync buries it.
    assert (stats["failed"], stats["deleted"], stats["unchanged"]) == (0, 0, 120)
    assert len(fake.requests.of("get")) == 1
    assert service.sync_customer_workflows(customer)["deleted"] == 1
    assert_mirrored(customer, tenant)


def test_a_workflow_made_while_reading_is_not_doubled(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(120, tasks=1)
    fake.fail("shifting_page", on="list", change="insert")

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"]) == (120, 0)
    assert service.sync_customer_workflows(customer)["created"] == 1


def test_one_deleted_between_list_and_export_is_no_error(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    tenant.generate(4, tasks=1)
    fake.fail("deleted_before_export", on="export")

    stats = service.sync_customer_workflows(customer)

    assert (stats["created"], stats["failed"], stats["total"]) == (3, 0, 3)
    assert_mirrored(customer, tenant)


def test_a_mirrored_one_deleted_between_list_and_export_becomes_a_tombstone(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    tenant.generate(4, tasks=1)
    service.sync_customer_workflows(customer)
    fake.fail("deleted_before_export", on="export")

    stats = service.sync_customer_workflows(customer, full=True)

    assert (stats["deleted"], stats["unchanged"], stats["failed"]) == (1, 3, 0)
    assert_mirrored(customer, tenant)


@pytest.mark.parametrize("fault", ["server_error", "forbidden", "success_false", "html"])
def test_anything_but_a_404_proves_nothing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora, fault: str
) -> None:
    tenant.generate(4, tasks=1)
    service.sync_customer_workflows(customer)
    tenant.delete(min(tenant.definitions))
    fake.fail(fault, on="get", times=None)

    with pytest.raises(Exception, match="Zuora"):
        service.sync_customer_workflows(customer)

    assert len(alive(customer)) == 4


def test_a_list_that_breaks_off_proves_nothing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(60, tasks=1)
    service.sync_customer_workflows(customer)
    tenant.delete(min(tenant.definitions))
    fake.requests.clear()
    fake.fail("server_error", on="list", times=None, after=1)

    with pytest.raises(TryAgainError):
        service.sync_customer_workflows(customer)

    assert len(alive(customer)) == 60
    assert fake.requests.of("get") == []


def test_a_tombstone_tells_when_it_was_found_missing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=1)
    service.sync_customer_workflows(customer)
    before = Workflow.objects.get()
    tenant.delete(definition.id)

    service.sync_customer_workflows(customer)

    tombstone = Workflow.objects.get()
    assert tombstone.deleted_at == tombstone.last_synced_at
    assert tombstone.deleted_at is not None
    assert before.last_synced_at is not None
    assert tombstone.deleted_at > before.last_synced_at


@pytest.fixture
def other(customer: Customer, fake: FakeZuora, service: WorkflowSyncService) -> Customer:
    """Another customer with a hundred mirrored workflows, of which ten are gone at Zuora."""
    tenant = fake.add_tenant("bianchi")
    tenant.generate(200, tasks=1)
    for key in sorted(tenant.definitions)[:100]:
        tenant.delete(key)
    other = Customer.objects.create(
        name="Bianchi",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id=tenant.client_id,
        zuora_client_secret=tenant.client_secret,
    )
    service.sync_customer_workflows(other)
    for key in sorted(tenant.definitions)[:10]:
        tenant.delete(key)
    fake.requests.clear()
    return other


def test_a_sync_leaves_the_workflows_of_other_customers_alone(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    other: Customer,
) -> None:
    tenant.generate(3, tasks=1)

    service.sync_customer_workflows(customer)

    assert fake.requests.of("get") == []
    assert len(alive(other)) == 100


def test_only_the_customers_own_living_workflows_make_the_fifth(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, other: Customer
) -> None:
    tenant.generate(30, tasks=1)
    service.sync_customer_workflows(customer)
    ids = sorted(tenant.definitions)
    for batch in (ids[:6], ids[6:10]):
        for key in batch:
            tenant.delete(key)
        service.sync_customer_workflows(customer)
    for key in ids[10:16]:
        tenant.delete(key)

    # Of 30 with the tombstones six were no more than a fifth; of 20 they are.
    with pytest.raises(MassDeletionRefusedError, match="6 of 20"):
        service.sync_customer_workflows(customer)


def test_one_that_the_list_hides_is_synced_by_its_id_as_if_it_were_listed(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(3, tasks=1)
    service.sync_customer_workflows(customer)
    before = set(Workflow.objects.values_list("last_synced_at", flat=True))
    renamed = min(tenant.definitions)
    tenant.rename(renamed, "Renamed and hidden")
    fake.fail("empty_list", on="list")

    stats = service.sync_customer_workflows(customer)

    assert (stats["updated"], stats["unchanged"], stats["exported"]) == (1, 2, 1)
    assert Workflow.objects.get(name="Renamed and hidden").list_row == tenant.row(renamed)
    assert not before & set(Workflow.objects.values_list("last_synced_at", flat=True))
    assert service.sync_customer_workflows(customer)["unchanged"] == 3


def test_a_hidden_one_that_something_older_mirrored_without_its_row_is_synced(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    definition = tenant.add_workflow(tasks=1)
    Workflow.objects.create(customer=customer, zuora_id=str(definition.id))
    fake.fail("empty_list", on="list")

    stats = service.sync_customer_workflows(customer)

    assert (stats["updated"], stats["failed"]) == (1, 0)
    assert Workflow.objects.get().json_export == tenant.export(definition.id)


def test_one_that_failed_and_then_went_is_a_tombstone_like_any_other(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    definition = tenant.add_workflow(tasks=1)
    fake.fail("not_found", on="export", times=None)
    service.sync_customer_workflows(customer)
    tenant.delete(definition.id)
    assert service.sync_customer_workflows(customer)["deleted"] == 1
    tenant.restore(definition.id)
    fake.clear_faults()

    assert service.sync_customer_workflows(customer)["restored"] == 1

    assert_mirrored(customer, tenant)
