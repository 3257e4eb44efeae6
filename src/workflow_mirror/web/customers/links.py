"""Addresses of a customer's page, its parts, and the lists narrowed to the customer."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from workflow_mirror.customers.models import Customer
from workflow_mirror.overview.health import Health


def page_of(customer: Customer) -> str:
    return reverse("admin:customers_customer_change", args=(customer.pk,))


def exports_of(customer: Customer) -> str:
    """The failed exports."""
    return f"{page_of(customer)}#failed-exports"


def problem_of(customer: Customer, health: Health) -> str:
    """The part of the page that shows why the customer is in this health."""
    if health == Health.WITH_ERRORS:
        return exports_of(customer)
    return f"{page_of(customer)}#problems" if health < Health.WITH_ERRORS else page_of(customer)


def list_of(customer_id: int, model: str, **filters: Any) -> str:
    """A list, such as `workflows_workflow`, with one customer's rows only."""
    query = urlencode({"customer__id__exact": customer_id, **filters})
    return f"{reverse(f'admin:{model}_changelist')}?{query}"
