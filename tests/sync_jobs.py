"""Rows of job_manager, made without a queue."""

from typing import Any

from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.kinds import SYNC, key_of


def sync_job(customer: Customer) -> dict[str, Any]:
    """The columns that make a job a sync of this customer."""
    return {
        "kind": SYNC.name,
        "name": SYNC.title,
        "unique_key": key_of(customer),
        "customer": customer,
    }
