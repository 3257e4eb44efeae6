"""The command palette (Ctrl-K): pages, customers and workflows of this user by a few letters."""

import time
from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from workflow_mirror.access.customers import search_customers
from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.web.kit import navigation
from workflow_mirror.workflows.queries import search_workflows, workflows_in
from workflow_mirror.workflows.secrets import masked

MOST = 10  # of each kind


def answer(request: HttpRequest) -> HttpResponse:
    started = time.perf_counter()
    text = request.GET.get("s", "").strip()
    if not text:
        return HttpResponse()
    results = [*_pages(request, text), *_customers(request, text), *_workflows(request, text)]
    page = Paginator(results, len(results) or 1).page(1)
    return TemplateResponse(
        request,
        "unfold/helpers/command_results.html",
        {
            "page_obj": page.paginator,
            "results": page,
            "page_counter": 0,
            "execution_time": time.perf_counter() - started,
            "command_show_history": False,
        },
        headers={"HX-Trigger": "search"},
    )


def _pages(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    for page in navigation.pages(request):
        if text.casefold() in str(page.title).casefold():
            yield SearchResult(str(page.title), _("Page"), reverse(page.url_name), page.icon)


def _customers(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    if not may(request.user, "customers.view_customer"):
        return
    for customer in search_customers(scope_of(request.user), text)[:MOST]:
        link = reverse("admin:customers_customer_change", args=(customer.pk,))
        yield SearchResult(customer.name, _("Customer"), link, "apartment")


def _workflows(request: HttpRequest, text: str) -> Iterator[SearchResult]:
    if not may(request.user, "workflows.view_workflow"):
        return
    found = search_workflows(workflows_in(scope_of(request.user)), text)
    for pk, name, zuora_id, customer in found.values_list(
        "pk", "name", "zuora_id", "customer__name"
    )[:MOST]:
        link = reverse("admin:workflows_workflow_change", args=(pk,))
        yield SearchResult(
            masked(name) or zuora_id, f"{customer} · {zuora_id}", link, "account_tree"
        )
