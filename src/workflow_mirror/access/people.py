"""Users and groups. A limited user sees neither: both would reveal other customers."""

from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, QuerySet

from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import Scope, is_limited


def users_in(scope: Scope) -> QuerySet[User]:
    """With the names of their customers in `customer_names`, their access and their groups."""
    users = User.objects.none() if scope.is_limited else User.objects.all()
    chosen = UserAccess.customers.through.objects.filter(useraccess__user=OuterRef("pk"))
    names = chosen.order_by("customer__name").values("customer__name")
    with_names = users.annotate(customer_names=ArraySubquery(names))
    return with_names.select_related("access").prefetch_related("groups")


def groups_in(scope: Scope) -> QuerySet[Group]:
    return Group.objects.none() if scope.is_limited else Group.objects.all()


def permissions_for(models: list[type[Model]]) -> QuerySet[Permission]:
    """The permissions for objects of these models."""
    types = ContentType.objects.get_for_models(*models).values()
    return Permission.objects.filter(content_type__in=types).select_related("content_type")


def choose(user: User, **preferences: str) -> None:
    """Store `language`, `timezone` or `theme` with the account. The user's access is unchanged."""
    UserAccess.objects.update_or_create(
        user=user,
        defaults=preferences,
        create_defaults={**preferences, "all_customers": not is_limited(user)},
    )
