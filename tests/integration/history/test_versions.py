"""The stored versions of a workflow."""

from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.customers.models import Customer
from workflow_mirror.fake_zuora import Tenant
from workflow_mirror.history.versions import by_number
from workflow_mirror.sync.service import WorkflowSyncService
from workflow_mirror.workflows.exports import hash_of_content
from workflow_mirror.workflows.models import Workflow, WorkflowExport


def test_stored_versions_are_in_the_order_of_their_numbers(
    service: WorkflowSyncService, customer: Customer, tenant: Tenant
) -> None:
    """Whatever the order in which they were fetched."""
    key = tenant.add_workflow(tasks=1).id
    for number in ("0.0.9", "0.0.10"):
        tenant.add_version(key, number=number)
    service.sync_customer_workflows(customer)
    for number in ("0.0.1", "0.0.9"):
        document = tenant.export(key, number)
        now = timezone.now()
        WorkflowExport.objects.create(
            customer=customer,
            workflow_zuora_id=str(key),
            content_hash=hash_of_content(document),
            zuora_version=number,
            document=document,
            first_seen_at=now,
            last_seen_at=now,
        )

    found = by_number(EVERYTHING, Workflow.objects.get())

    assert [export.zuora_version for export in found] == ["0.0.10", "0.0.9", "0.0.1"]
