"""The page of the search, and the proposals of its box."""

from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workflow_mirror.access.scope import Scope, may, scope_of
from workflow_mirror.error_texts import in_our_language
from workflow_mirror.references.completion import complete
from workflow_mirror.references.errors import SearchTooSlowError
from workflow_mirror.references.query import Query, QueryError, parse
from workflow_mirror.references.search import COUNTED, MOST_HITS, Found, search
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.preferences import chosen_scope
from workflow_mirror.web.kit.saved_views import PAGES, SEARCH, listed
from workflow_mirror.web.kit.search_links import search_url
from workflow_mirror.web.kit.site import site
from workflow_mirror.web.search.errors import MarkedError, marked_error
from workflow_mirror.web.search.examples import examples
from workflow_mirror.web.search.narrowing import by_customer, by_kind
from workflow_mirror.web.search.not_searched import gaps
from workflow_mirror.web.search.results import grouped
from workflow_mirror.web.search.words import KINDS, key_rows

HITS_ON_A_PAGE = 50
LONGEST_TERM = 300
"""Characters of a term that is completed."""


def check_permission(request: HttpRequest) -> None:
    if not may(request.user, PAGES[SEARCH].permission):
        raise PermissionDenied


@require_safe
def search_page(request: HttpRequest) -> HttpResponse:
    """`q` is the query, `page` that of its hits, from 1."""
    check_permission(request)
    query = request.GET.get("q", "").strip()
    page = max(1, row_id(request.GET.get("page", "")) or 1)
    answer = _answer(request, query, page) if query else _start(request)
    if answer.get("is_behind_the_last"):
        return HttpResponseRedirect(search_url(query))
    context = {
        "title": _("Search"),
        "query": query,
        "keys": key_rows(),
        "saved_query": urlencode({"q": query}),
        **answer,
    }
    return TemplateResponse(
        request, "web/search/page.html", {**site.each_context(request), **context}
    )


@require_safe
def search_complete(request: HttpRequest) -> JsonResponse:
    """Terms that continue `term`, the part of a query before the cursor."""
    check_permission(request)
    term = request.GET.get("term", "")
    found = complete(term, scope_of(request.user)) if len(term) <= LONGEST_TERM else []
    return JsonResponse({"terms": found})


def _start(request: HttpRequest) -> dict[str, Any]:
    return {
        "examples": examples(scope_of(request.user)),
        "saved_views": listed(request.user, SEARCH),
    }


def search_scope(request: HttpRequest, query: Query) -> Scope:
    """The customer that is chosen above lists, unless the query names customers itself."""
    if query.values.get("customer"):
        return scope_of(request.user)
    return chosen_scope(request)


def _answer(request: HttpRequest, text: str, page: int) -> dict[str, Any]:
    first = (page - 1) * HITS_ON_A_PAGE
    try:
        query = parse(text)
        scope = search_scope(request, query)
        found = search(query, scope, limit=HITS_ON_A_PAGE, offset=first)
    except QueryError as error:
        return {"error": marked_error(text, error)}
    except SearchTooSlowError as error:
        return {"error": MarkedError(in_our_language(error))}
    return {
        "found": found,
        "total": _number(found.total),
        "counted": _number(COUNTED),
        "customers": grouped(found.hits, request.user),
        "by_customer": _narrowed_customers(found),
        "by_kind": _narrowed_kinds(found),
        "gaps": list(gaps(found, scope)),
        "file_query": urlencode({"q": text}),
        "file_limit": _number(MOST_HITS) if found.total > MOST_HITS else "",
        "is_behind_the_last": bool(found.total) and first >= found.total,
        **_pages(text, page, ceil(found.total / HITS_ON_A_PAGE)),
    }


def _pages(text: str, page: int, number: int) -> dict[str, Any]:
    """`previous` and `next` are addresses, empty where there is no such page."""
    links = {
        name: f"{search_url(text)}&{urlencode({'page': other})}" if 1 <= other <= number else ""
        for name, other in (("previous", page - 1), ("next", page + 1))
    }
    return {"page": page, "pages": number, **links}


def _narrowed_customers(found: Found) -> list[dict[str, Any]]:
    one = len(found.by_customer) == 1
    return [
        _facet(name, number, "" if one else by_customer(found.query, name))
        for name, number in found.by_customer.items()
    ]


def _narrowed_kinds(found: Found) -> list[dict[str, Any]]:
    return [
        _facet(KINDS.get(kind, kind), number, by_kind(found.query, kind))
        for kind, number in found.by_kind.items()
    ]


def _number(number: int) -> str:
    return number_format(number, force_grouping=True)


def _facet(text: Any, number: int, query: str) -> dict[str, Any]:
    link = search_url(query) if query else ""
    return {"text": text, "number": number, "shown": _number(number), "link": link}
