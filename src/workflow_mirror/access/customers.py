"""The customers within a scope."""

from django.db.models import QuerySet

from workflow_mirror.access.scope import Scope
from workflow_mirror.customers.errors import UnknownCustomerError
from workflow_mirror.customers.models import Customer


def customers_in(scope: Scope) -> QuerySet[Customer]:
    """By name."""
    return scope.limit(Customer.objects.all(), path="pk")


def active_customers(scope: Scope) -> QuerySet[Customer]:
    """Those that *Sync All Customers* syncs."""
    return customers_in(scope).filter(is_active=True)


def find_customer(scope: Scope, name: str) -> Customer:
    """Raises UnknownCustomerError."""
    return find_customers(scope, [name])[0]


def find_customers(scope: Scope, names: list[str]) -> list[Customer]:
    """The customers of these names, each once. Raises UnknownCustomerError naming the missing."""
    found = list(customers_in(scope).filter(name__in=names))
    missing = set(names) - {customer.name for customer in found}
    if missing:
        raise UnknownCustomerError(sorted(missing))
    return found


def search_customers(scope: Scope, text: str) -> QuerySet[Customer]:
    """Those with `text` in their name."""
    return customers_in(scope).filter(name__icontains=text)


def environments(scope: Scope) -> list[str]:
    """The environments that the customers have, in order."""
    known = customers_in(scope).exclude(environment="").order_by("environment")
    return list(known.values_list("environment", flat=True).distinct())
