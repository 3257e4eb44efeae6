"""The two customers that a page compares, from its address, within the user's scope."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.urls import reverse

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.compare.agreements import MANAGE
from workflow_mirror.customers.models import Customer
from workflow_mirror.schedules.freshness import with_freshness
from workflow_mirror.web.kit.clean_input import row_id

VIEW = "workflows.view_workflow"


@dataclass(frozen=True)
class Chosen:
    """Of the two customers; `last_good_at` of each is that of its last successful sync."""

    source: Any
    target: Any

    @property
    def query(self) -> str:
        return urlencode({"source": self.source.pk, "target": self.target.pk})


def check_view(request: HttpRequest) -> None:
    if not may(request.user, VIEW):
        raise PermissionDenied


def check_manage(request: HttpRequest) -> None:
    check_view(request)
    if not may(request.user, MANAGE):
        raise PermissionDenied


def chosen(request: HttpRequest) -> Chosen | None:
    """`source` and `target`; None if they are not chosen yet, or are the same customer.

    404 for a customer outside of the scope.
    """
    texts = [request.GET.get(name, "") for name in ("source", "target")]
    if not all(texts) or texts[0] == texts[1]:
        return None
    source, target = (customer_of(request, text) for text in texts)
    return Chosen(source, target)


def chosen_or_404(request: HttpRequest) -> Chosen:
    found = chosen(request)
    if found is None:
        raise Http404
    return found


def customer_of(request: HttpRequest, text: str) -> Any:
    """With `last_good_at`. 404 outside of the scope."""
    key = row_id(text)
    known = with_freshness(customers_in(scope_of(request.user)))
    found = known.filter(pk=key).first() if key is not None else None
    if found is None:
        raise Http404
    return found


def choices(scope: Scope) -> QuerySet[Customer]:
    return customers_in(scope).only("name", "environment")


def label_of(customer: Customer) -> str:
    """The name with the environment, without which two tenants of one customer look alike."""
    return f"{customer.name} ({customer.environment})" if customer.environment else customer.name


def compare_url(source: int, target: int, **others: Any) -> str:
    query = {"source": source, "target": target, **others}
    return f"{reverse('compare_page')}?{urlencode(query)}"


def diff_url(source: int, target: int) -> str:
    """The page that compares the last exports of two workflows."""
    address = reverse("admin:workflows_workflow_compare_with", args=(source,))
    return f"{address}?{urlencode({'other': target})}"
