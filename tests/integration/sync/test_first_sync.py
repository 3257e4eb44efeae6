from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.models import Task

from .conftest import Mirror


def test_a_first_sync_mirrors_every_workflow_with_its_tasks(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant, assert_mirrored: Mirror
) -> None:
    tenant.generate(60, tasks=7)

    stats = service.sync_customer_workflows(customer)

    assert stats["created"] == stats["total"] == stats["exported"] == 60
    assert Task.objects.count() == 60 * 7
    assert_mirrored(customer, tenant)
