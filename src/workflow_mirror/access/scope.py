"""Which customers' data a user may see, and what the user may do: decided only here.

Every query of a page or a command takes a `Scope`. The web's is that of the user who asks, the
command line's is `EVERYTHING`.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, QuerySet

from workflow_mirror.access.models import UserAccess

type AnyUser = AbstractBaseUser | AnonymousUser


@dataclass(frozen=True)
class Scope:
    """The customers whose data may be seen, by key; None: all of them."""

    customer_ids: tuple[int, ...] | None

    @property
    def is_limited(self) -> bool:
        return self.customer_ids is not None

    def covers(self, customer_id: int | None) -> bool:
        """None: rows without a customer are visible to unrestricted users only."""
        return self.customer_ids is None or customer_id in self.customer_ids

    def limit[M: Model](self, queryset: QuerySet[M], path: str = "customer") -> QuerySet[M]:
        """The rows whose customer is in the scope; `path` leads to it.

        Not for a path over a to-many relation, which would double rows.
        """
        if self.customer_ids is None:
            return queryset
        conditions: dict[str, Any] = {f"{path}__in": self.customer_ids}
        return queryset.filter(**conditions)


EVERYTHING = Scope(None)
NOTHING = Scope(())


def scope_of(user: AnyUser) -> Scope:
    """At most one statement a request, for limited users: what is read is kept on the user.

    Without a row, only superusers see all customers: `createsuperuser` makes no row.
    """
    if not user.is_active:
        return NOTHING
    if not is_limited(user):
        return EVERYTHING
    access = access_of(user)
    return NOTHING if access is None else Scope(tuple(access.customer_ids))


def is_limited(user: AnyUser) -> bool:
    """Whether the user sees some customers only, or none. Reads no customers."""
    access = access_of(user)
    if access is None:
        return not getattr(user, "is_superuser", False)
    return not access.all_customers


def access_of(user: AnyUser) -> UserAccess | None:
    """Read once for each request: Django keeps it on the user."""
    return getattr(user, "access", None)


def may(user: AnyUser, permission: str) -> bool:
    """`permission` is "app.codename", such as "customers.sync_customer"."""
    return bool(user.has_perm(permission))  # type: ignore[union-attr]  # every user model has it
