"""The first test that this system ever had, in its oldest form."""

from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.sync.service import WorkflowSyncService


def test_sync_customer_workflows(customer: Customer, tenant: Tenant) -> None:
    tenant.generate(3, tasks=5)

    stats = WorkflowSyncService().sync_customer_workflows(customer)

    assert {"created", "updated", "deleted", "total"} <= stats.keys()
    assert customer.workflows.exists()
