"""The first sync of a new customer, queued unless Zuora rejects its credentials."""

from django.db import transaction

from workflow_mirror.customers import registry
from workflow_mirror.customers.access import CredentialsReport
from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.requests import Requested, request_syncs


def add_customer(
    customer: Customer, *, requested_by: str
) -> tuple[CredentialsReport, Requested | None]:
    """Save a new customer, and queue its first sync in the same transaction.

    Raises what `registry.save_customer` raises; then nothing is saved.
    """
    report = registry.examine(customer)
    with transaction.atomic():
        registry.store(customer)
        return report, first_sync(customer, report, requested_by=requested_by)


def first_sync(
    customer: Customer, report: CredentialsReport, *, requested_by: str
) -> Requested | None:
    """Queue the first sync of a customer just saved; None where it cannot or should not be done.

    If Zuora could not be reached, the job tries again, and its failure is shown.
    """
    if report.is_refusal or not customer.is_active:
        return None
    [job] = request_syncs([customer], requested_by=requested_by).jobs
    return job
