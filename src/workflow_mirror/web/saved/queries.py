"""Which saved views a user sees."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import AnyUser, is_limited, scope_of
from workflow_mirror.web.models import SavedView
from workflow_mirror.web.saved.pages import address_of

MOST_OWN = 100
"""Views that a user may save for one page."""
MOST_SHARED = 100
"""Shared views that a page lists."""


def own_views(user: AnyUser, page: str = "") -> QuerySet[SavedView]:
    """By name. Of all pages for ""."""
    views = SavedView.objects.filter(owner=user.pk).order_by("name", "pk")
    return views.filter(page=page) if page else views


def shared_views(user: AnyUser, page: str) -> QuerySet[SavedView]:
    """Those that others share with the user, by name.

    A query may name customers. So a limited user sees the views of owners whose customers are all
    among the user's own.
    """
    views = SavedView.objects.filter(page=page, is_shared=True, owner__is_active=True)
    views = views.exclude(owner=user.pk).select_related("owner").order_by("name", "pk")
    scope = scope_of(user)
    if scope.customer_ids is None:
        return views
    beyond = UserAccess.customers.through.objects.filter(useraccess__user=OuterRef("owner"))
    beyond = beyond.exclude(customer__in=scope.customer_ids)
    return views.filter(~Exists(beyond), owner__access__all_customers=False)


def listed(user: AnyUser, page: str) -> list[dict[str, Any]]:
    """For web/saved/views.html: the user's own, then those of others.

    Users that are limited to some customers do not see who else there is.
    """
    hides_owners = is_limited(user)
    return [{"view": view, "link": address_of(view)} for view in own_views(user, page)] + [
        {
            "view": view,
            "link": address_of(view),
            "is_foreign": True,
            "owner": "" if hides_owners else str(view.owner),
        }
        for view in shared_views(user, page)[:MOST_SHARED]
    ]
