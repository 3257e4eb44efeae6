"""What a user may see and do: the one place that decides it.

Two questions, asked of every page, list, count, search and download: whether the user has the
permission (by groups), and whether the customer is one of the user's (by UserAccess).
"""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, QuerySet

from workflow_mirror.customers.models import Customer
from workflow_mirror.web.models import UserAccess

type AnyUser = AbstractBaseUser | AnonymousUser


def may(user: AnyUser, permission: str) -> bool:
    """`permission` is "app.codename", such as "customers.sync_customer"."""
    return bool(user.has_perm(permission))  # type: ignore[union-attr]  # every user model has it


def is_limited(user: AnyUser) -> bool:
    """Whether the user sees some customers only, or none.

    Without a row, only superusers see all customers: `createsuperuser` makes no row.
    """
    access = access_of(user)
    if access is None:
        return not getattr(user, "is_superuser", False)
    return not access.all_customers


def visible_customers(user: AnyUser) -> QuerySet[Customer]:
    return limited(Customer.objects.all(), user, path="pk")


def limited[M: Model](queryset: QuerySet[M], user: AnyUser, path: str = "customer") -> QuerySet[M]:
    """The rows whose customer the user may see; `path` leads to it.

    Not for a path over a to-many relation, which would double rows.
    """
    if not user.is_active:
        return queryset.none()
    own = own_customers(user)
    if own is None:
        return queryset
    conditions: dict[str, Any] = {f"{path}__in": own}
    return queryset.filter(**conditions)


def own_customers(user: AnyUser) -> list[int] | None:
    """The keys of the customers that the user is limited to; None for users who see all."""
    if not is_limited(user):
        return None
    access = access_of(user)
    return [] if access is None else access.customer_ids


def access_of(user: AnyUser) -> UserAccess | None:
    """Read once for each request: Django keeps it on the user."""
    return getattr(user, "access", None)
