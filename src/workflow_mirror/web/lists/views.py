"""What the user chooses for lists is kept with the user. Each form returns to the list."""

from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.web.kit.changelist import VIEW_VAR
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.columns import COLUMNS_VAR, column_name
from workflow_mirror.web.kit.preferences import PAGE_SIZES, change_preferences
from workflow_mirror.web.kit.saved_views import LISTS, PAGES, default_view
from workflow_mirror.web.kit.site import site

CUSTOMER = "customer__"  # what the names of a list's parameters for customers begin with


@require_POST
def choose_customer(request: HttpRequest) -> HttpResponse:
    """`customer` is a key, or empty for all customers. 404 for one outside of the scope."""
    wanted, pk = request.POST.get("customer", ""), None
    if wanted:
        found = customers_in(scope_of(request.user)).filter(pk=row_id(wanted) or 0).first()
        if found is None:
            raise Http404
        pk = found.pk
    change_preferences(request, lambda kept: setattr(kept, "customer_id", pk))
    return _back(request, CUSTOMER, "p")


@require_POST
def choose_size(request: HttpRequest) -> HttpResponse:
    size = row_id(request.POST.get("size", ""))
    if size not in PAGE_SIZES:
        raise BadRequest
    change_preferences(request, lambda kept: setattr(kept, "page_size", size))
    return _back(request, "p")


@require_POST
def choose_columns(request: HttpRequest) -> HttpResponse:
    """`columns` are names in their order. `reset` brings back the usual columns."""
    page = _list(request)
    known = _columns_of(request, page)
    wanted = [name for name in dict.fromkeys(request.POST.getlist("columns")) if name in known]
    if "reset" in request.POST:
        change_preferences(request, lambda kept: kept.columns.pop(page, None))
    else:
        change_preferences(request, lambda kept: kept.columns.update({page: wanted}))
    return _back(request, COLUMNS_VAR)


@require_POST
def choose_default_view(request: HttpRequest) -> HttpResponse:
    """`view` is the key of a saved view that the user sees, or empty for none."""
    page, pk = _list(request), row_id(request.POST.get("saved", ""))
    if pk is None:
        change_preferences(request, lambda kept: kept.default_views.pop(page, None))
    elif default_view(request.user, page, pk) is None:
        raise Http404
    else:
        change_preferences(request, lambda kept: kept.default_views.update({page: pk}))
    return _back(request)


def _list(request: HttpRequest) -> str:
    """The key of the list. Raises PermissionDenied for one that the user may not open."""
    page = request.POST.get("page", "")
    if page not in LISTS or not may(request.user, PAGES[page].permission):
        raise PermissionDenied
    return page


def _columns_of(request: HttpRequest, page: str) -> set[str]:
    [found] = [one for one in _list_pages() if one.page_key == page]
    return set(map(column_name, found.every_column(request)))


def _list_pages() -> list[Any]:
    return list(site._registry.values())  # noqa: SLF001 - Django has no other way to them


def _back(request: HttpRequest, *without: str) -> HttpResponse:
    """The page of the form, without the parameters whose names begin with one of `without`."""
    path, _mark, query = request.POST.get("next", "").partition("?")
    if not path or not url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return HttpResponseRedirect(reverse("admin:index"))
    kept = QueryDict(query, mutable=True)
    for name in list(kept):
        if any(name == part or (part == CUSTOMER and name.startswith(part)) for part in without):
            del kept[name]
    # Without parameters, the list would open its default view.
    return HttpResponseRedirect(f"{path}?{kept.urlencode() or f'{VIEW_VAR}=none'}")
