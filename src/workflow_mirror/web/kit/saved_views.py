"""Saved views of pages: which pages have them, and which of them a user sees.

A saved view is the query string of a search or list, under a name.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from workflow_mirror.access.models import UserAccess
from workflow_mirror.access.scope import AnyUser, is_limited, scope_of
from workflow_mirror.web.models import SavedView


@dataclass(frozen=True)
class Page:
    """`permission` is that of the page itself: "app.codename"."""

    url_name: str
    permission: str


SEARCH = "search"
LISTS = {
    "customers_customer": "customers.view_customer",
    "workflows_workflow": "workflows.view_workflow",
    "workflows_task": "workflows.view_task",
    "history_workflowchange": "workflows.view_workflow",
    "jobs_jobrun": "jobs.view_jobrun",
    "web_waitingjob": "jobs.view_jobrun",
    "web_failedjob": "jobs.view_jobrun",
    "jobs_jobbatch": "jobs.view_jobbatch",
    "jobs_workerprocess": "jobs.view_workerprocess",
    "schedules_schedule": "schedules.view_schedule",
    "auth_user": "auth.view_user",
    "auth_group": "auth.view_group",
    "audit_auditevent": "audit.view_auditevent",
    "notifications_notificationrule": "notifications.view_notificationrule",
    "notifications_notificationdelivery": "notifications.view_notificationdelivery",
}
PAGES = {SEARCH: Page("search_page", "workflows.view_workflow")} | {
    name: Page(f"admin:{name}_changelist", permission) for name, permission in LISTS.items()
}

MOST_OWN = 100
"""Views that a user may save for one page."""
MOST_SHARED = 100
"""Shared views that a page lists."""


def address_of(view: SavedView) -> str:
    return f"{reverse(PAGES[view.page].url_name)}?{view.query}"


def default_view(user: AnyUser, page: str, pk: int | None) -> SavedView | None:
    """The view that opens a list whose address has no parameters; None if it is not visible.

    A view without parameters would open itself again, so it opens nothing.
    """
    if pk is None:
        return None
    visible = Q(pk__in=own_views(user, page).values("pk")) | Q(
        pk__in=shared_views(user, page).values("pk")
    )
    view = SavedView.objects.filter(visible, pk=pk).first()
    return view if view and QueryDict(view.query) else None


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
