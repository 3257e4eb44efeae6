"""Gives a user of the identity provider the rights of the provider's groups, at each log-in."""

import structlog
from django.contrib.auth.models import Group, User
from django.db import transaction

from workflow_mirror.access.models import UserAccess
from workflow_mirror.customers.models import Customer
from workflow_mirror.identity_provider import Rights

log = structlog.get_logger(__name__)

NOTHING = Rights()


@transaction.atomic
def apply_rights(user: User, rights: Rights | None) -> None:
    """Replaces the groups and customers of the user. None takes all of them, so that sessions that
    are still open show nothing either.

    Names that the mirror does not have are logged and give nothing.
    """
    given = rights or NOTHING
    user.is_staff = rights is not None
    user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    groups = Group.objects.filter(name__in=given.groups)
    user.groups.set(groups)
    user.user_permissions.clear()
    customers = Customer.objects.filter(name__in=given.customers or ())
    access, _ = UserAccess.objects.update_or_create(
        user=user, defaults={"all_customers": given.customers is None}
    )
    access.customers.set(customers)
    _log_unknown("group", given.groups, {group.name for group in groups})
    _log_unknown("customer", given.customers or frozenset(), {one.name for one in customers})


def _log_unknown(kind: str, wanted: frozenset[str], found: set[str]) -> None:
    for name in sorted(wanted - found):
        log.warning("A group of the identity provider is mapped to nothing", kind=kind, name=name)
