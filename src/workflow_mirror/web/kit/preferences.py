"""How the user wants lists to be shown: columns, rows on a page, the chosen customer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.db import transaction
from django.http import HttpRequest

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope, scope_of
from workflow_mirror.customers.models import Customer
from workflow_mirror.web.models import ListPreferences

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PAGE_SIZES = (25, 50, 100, 200)
"""Making the rows' HTML takes most of the time of a list: 50 rows take twice as long as 25."""


def preferences_of(request: HttpRequest) -> ListPreferences:
    """Read once a request."""
    known: ListPreferences | None = getattr(request, "list_preferences", None)
    if known is None:
        kept = ListPreferences.objects.select_related("customer").only(
            "page_size", "columns", "default_views", "customer__name"
        )
        user = cast("User", request.user)
        known = kept.filter(user=user).first() or ListPreferences(user=user)
        request.list_preferences = known  # type: ignore[attr-defined]  # kept for the request
    return known


def change_preferences(request: HttpRequest, change: Callable[[ListPreferences], Any]) -> None:
    """Two changes at the same time are made one after the other."""
    user = cast("User", request.user)
    with transaction.atomic():
        ListPreferences.objects.get_or_create(user=user)
        kept = ListPreferences.objects.select_for_update().get(user=user)
        change(kept)
        kept.save()


def chosen_customer(request: HttpRequest) -> Customer | None:
    """The customer whose rows lists show; never one outside of the user's scope."""
    customer: Customer | None = preferences_of(request).customer
    if customer and scope_of(request.user).covers(customer.pk):
        return customer
    return None


def chosen_scope(request: HttpRequest) -> Scope:
    """The user's scope, narrowed to the chosen customer."""
    customer = chosen_customer(request)
    return Scope((customer.pk,)) if customer else scope_of(request.user)


def customer_options(request: HttpRequest) -> list[tuple[int, str]]:
    """Key and name of the customers in the user's scope; read once a request."""
    known: list[tuple[int, str]] | None = getattr(request, "customer_options", None)
    if known is None:
        known = list(customers_in(scope_of(request.user)).values_list("pk", "name"))
        request.customer_options = known  # type: ignore[attr-defined]  # kept for the request
    return known
