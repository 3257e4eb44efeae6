"""Promise 1: at least once and idempotent; promise 7: a small footprint at Zuora."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from weakref import ref

import pytest
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.downloads import MOST_TAKEN, MOST_WAITING
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.sync.exporting import Downloaded
from workflow_mirror.sync.plan import Listed
from workflow_mirror.sync.service import WINDOW, SyncRun, WorkflowSyncService
from workflow_mirror.workflows.exports import ReadyExport
from workflow_mirror.workflows.models import Task, Workflow, WorkflowExport
from workflow_mirror.zuora.client import AT_ONCE
from workflow_mirror.zuora.pages import PAGE_LENGTH

from .conftest import Mirror

type Writes = Callable[[], AbstractContextManager[Counter[str]]]


def test_nothing_changed_means_one_request_and_one_update_a_page(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    writes: Writes,
) -> None:
    tenant.generate(101, tasks=2)
    service.sync_customer_workflows(customer)
    fake.requests.clear()

    with writes() as counts:
        stats = service.sync_customer_workflows(customer)

    assert counts == {"UPDATE workflows": 3}
    assert fake.requests.counts() == {"list": 3}
    assert stats["unchanged"] == stats["total"] == 101
    assert stats["requests"] == 3


def test_only_last_synced_at_moves_when_nothing_changed(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(2, tasks=2)
    service.sync_customer_workflows(customer)
    before = {row["id"]: dict[str, Any](row) for row in Workflow.objects.values()}

    service.sync_customer_workflows(customer)

    for row in map(dict[str, Any], Workflow.objects.values()):
        old = before[row["id"]]
        assert row.pop("last_synced_at") > old.pop("last_synced_at")
        assert row == old


def test_a_renamed_workflow_alone_is_exported_again(
    service: WorkflowSyncService,
    customer: Customer,
    tenant: Tenant,
    fake: FakeZuora,
    assert_mirrored: Mirror,
) -> None:
    tenant.generate(5, tasks=2)
    service.sync_customer_workflows(customer)
    tenant.rename(min(tenant.definitions), "Sollecito – 30 giorni")

    stats = service.sync_customer_workflows(customer)

    assert (stats["updated"], stats["unchanged"], stats["exported"]) == (1, 4, 1)
    assert_mirrored(customer, tenant)


def test_an_edited_task_is_written_and_its_neighbours_are_not(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    definition = tenant.add_workflow(tasks=6)
    service.sync_customer_workflows(customer)
    before = dict(Task.objects.values_list("zuora_id", "updated_at"))
    task_id = tenant.export(definition.id)["tasks"][3]["id"]
    tenant.edit_task(definition.id, task_id, changes={"name": "Another name"})

    service.sync_customer_workflows(customer)

    after = dict(Task.objects.values_list("zuora_id", "updated_at"))
    assert {key for key in after if after[key] != before[key]} == {str(task_id)}
    assert_mirrored(customer, tenant)


def test_an_edit_that_moves_nothing_in_the_list_is_found_within_a_day(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    definition = tenant.add_workflow(tasks=3)
    service.sync_customer_workflows(customer)
    tenant.edit_task(definition.id, touch=False, changes={"name": "Edited in silence"})
    assert service.sync_customer_workflows(customer)["exported"] == 0
    Workflow.objects.update(exported_at=timezone.now() - timedelta(days=1))

    stats = service.sync_customer_workflows(customer)

    assert (stats["updated"], stats["exported"]) == (1, 1)
    assert_mirrored(customer, tenant)


def test_full_exports_everything_and_an_equal_export_rewrites_nothing(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.generate(4, tasks=3)
    service.sync_customer_workflows(customer)
    tasks = list(Task.objects.order_by("id").values())

    stats = service.sync_customer_workflows(customer, full=True)

    assert (stats["exported"], stats["unchanged"], stats["updated"]) == (4, 4, 0)
    assert list(Task.objects.order_by("id").values()) == tasks
    assert WorkflowExport.objects.count() == 4


def test_an_export_in_another_order_is_the_same_export(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=5)
    service.sync_customer_workflows(customer)
    document = tenant.export(definition.id)
    shuffled = {key: document[key] for key in reversed(document)}
    shuffled["tasks"] = document["tasks"][::-1]
    shuffled["linkages"] = document["linkages"][::-1]
    tenant.set_export(definition.id, shuffled)

    stats = service.sync_customer_workflows(customer, full=True)

    assert stats["unchanged"] == 1
    assert WorkflowExport.objects.count() == 1


@pytest.mark.parametrize("times", [1, 2])
def test_every_distinct_export_is_kept(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, times: int
) -> None:
    definition = tenant.add_workflow(tasks=3)
    service.sync_customer_workflows(customer)
    for _ in range(times):
        tenant.edit_task(definition.id, changes={"name": "A new name"})
        service.sync_customer_workflows(customer)

    exports = WorkflowExport.objects.order_by("first_seen_at")
    assert exports.count() == 2
    assert exports[0].document != exports[1].document
    assert exports[1].document == Workflow.objects.get().json_export


def test_an_export_that_comes_back_is_the_one_known_before(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=3)
    original = tenant.export(definition.id)
    service.sync_customer_workflows(customer)
    tenant.edit_task(definition.id, changes={"name": "Tried out"})
    service.sync_customer_workflows(customer)
    tenant.set_export(definition.id, original)

    service.sync_customer_workflows(customer, full=True)

    newest = WorkflowExport.objects.order_by("-last_seen_at").first()
    assert newest is not None
    assert WorkflowExport.objects.count() == 2
    assert newest.document == original
    assert newest.first_seen_at < newest.last_seen_at


def test_exports_outlive_their_workflow(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    definition = tenant.add_workflow(tasks=3)
    service.sync_customer_workflows(customer)

    Workflow.objects.get().delete()

    export = WorkflowExport.objects.get()
    assert export.workflow is None
    assert export.workflow_zuora_id == str(definition.id)


def test_ids_of_two_tenants_that_collide_are_two_workflows(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    other_tenant = fake.add_tenant("bianchi")
    other = Customer.objects.create(
        name="Bianchi",
        zuora_base_url=customer.zuora_base_url,
        zuora_client_id=other_tenant.client_id,
        zuora_client_secret=other_tenant.client_secret,
    )
    ours, theirs = tenant.add_workflow("Ours", tasks=2), other_tenant.add_workflow("Theirs")
    assert ours.id == theirs.id

    stats = [service.sync_customer_workflows(each) for each in (customer, other)]

    assert [each["created"] for each in stats] == [1, 1]
    names = dict(Workflow.objects.values_list("customer__name", "name"))
    assert names == {"Rossi S.p.A.": "Ours", "Bianchi": "Theirs"}


def test_never_more_than_four_requests_at_once(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(60, tasks=2)
    fake.latency = 0.01

    service.sync_customer_workflows(customer)

    assert fake.requests.peak_concurrency("rossi") == 4


def test_a_sync_only_reads(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, fake: FakeZuora
) -> None:
    tenant.generate(30, tasks=2)
    service.sync_customer_workflows(customer)
    tenant.delete(max(tenant.definitions))
    service.sync_customer_workflows(customer)

    assert {(record.method, record.operation) for record in fake.requests} == {
        ("POST", "token"),
        ("GET", "list"),
        ("GET", "export"),
        ("GET", "get"),
    }
    assert fake.requests.count_writes() == 0


def test_the_history_tells_version_and_moment_of_each_export(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)
    service.sync_customer_workflows(customer)

    export, workflow = WorkflowExport.objects.get(), Workflow.objects.get()

    assert export.document == workflow.json_export
    assert (export.zuora_version, export.zuora_version_id) == ("0.0.1", workflow.version_id)
    assert export.listed_updated_on == workflow.updated_on
    assert export.first_seen_at == export.last_seen_at == workflow.exported_at


def test_an_export_seen_again_moves_only_its_last_sight(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)
    service.sync_customer_workflows(customer)
    before = dict[str, Any](WorkflowExport.objects.values().get())

    service.sync_customer_workflows(customer, full=True)

    after = dict[str, Any](WorkflowExport.objects.values().get())
    assert after.pop("last_seen_at") > before.pop("last_seen_at")
    assert after == before


def test_the_history_of_a_removed_workflow_is_its_own_again_when_it_is_mirrored_anew(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    tenant.add_workflow(tasks=1)
    service.sync_customer_workflows(customer)
    Workflow.objects.get().delete()

    assert service.sync_customer_workflows(customer)["created"] == 1

    assert WorkflowExport.objects.get().workflow == Workflow.objects.get()


def test_two_workflows_of_the_same_content_have_a_history_each(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    document = {"workflow": {"id": 1}, "tasks": [{"id": 1, "parameters": {}}], "linkages": []}
    for definition in tenant.generate(2, tasks=1):
        tenant.set_export(definition.id, document)

    service.sync_customer_workflows(customer)

    assert WorkflowExport.objects.values("workflow").distinct().count() == 2
    assert Task.objects.count() == 2


class WatchedService(WorkflowSyncService):
    """Knows the sizes of the exports that are held in memory, at their worst moments."""

    def __init__(self) -> None:
        super().__init__(on_progress=lambda _: self.note_peaks())
        self.downloaded = list[ref[ReadyExport]]()
        self.most_exports = self.most_bytes = 0

    def _download(self, run: SyncRun, listed: Listed) -> Downloaded:
        downloaded = super()._download(run, listed)
        self.downloaded += [ref(one) for one in (downloaded.export, downloaded.draft) if one]
        self.note_peaks()
        return downloaded

    def note_peaks(self) -> None:
        held = [len(export.json) for known in list(self.downloaded) if (export := known())]
        self.most_exports = max(self.most_exports, len(held))
        self.most_bytes = max(self.most_bytes, sum(held))


def test_documents_that_came_are_stored_before_many_more_are_asked_for(
    customer: Customer, tenant: Tenant
) -> None:
    """Promise 8: memory stays flat as tenants grow."""
    tenant.generate(400, tasks=1)
    service = WatchedService()

    service.sync_customer_workflows(customer)

    assert 0 < service.most_exports <= WINDOW + PAGE_LENGTH


def test_large_documents_wait_only_as_far_as_there_is_room(
    customer: Customer, tenant: Tenant
) -> None:
    """Promise 8, for tenants whose exports are large."""
    size = 2 * 2**20
    for definition in tenant.generate(40, tasks=1):
        tenant.set_export(definition.id, {"workflow": {"id": definition.id, "text": "x" * size}})
    service = WatchedService()

    service.sync_customer_workflows(customer)

    # On their way in, and a little more than the most; documents have more than their text.
    in_hand = (AT_ONCE + 2) * (size + 1024)
    assert size < service.most_bytes <= MOST_WAITING + MOST_TAKEN + in_hand


def test_the_number_of_statements_does_not_depend_on_the_size_of_a_batch(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, writes: Writes
) -> None:
    tenant.generate(25, tasks=20)

    with writes() as counts:
        service.sync_customer_workflows(customer)

    assert counts["INSERT INTO"] <= 25 * 2
    assert counts["UPDATE tasks"] == counts["UPDATE workflows"] == 0


@pytest.mark.parametrize(("hours", "exported"), [(12, 0), (23.5, 1)])
def test_a_sync_that_runs_daily_exports_everything_daily(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, hours: float, exported: int
) -> None:
    tenant.add_workflow(tasks=1)
    service.sync_customer_workflows(customer)
    Workflow.objects.update(exported_at=timezone.now() - timedelta(hours=hours))

    assert service.sync_customer_workflows(customer)["exported"] == exported
