"""The search box of every page: its page of results, and its proposals while one types."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workflow_mirror.access.scope import may
from workflow_mirror.overview.find import LONGEST_TEXT
from workflow_mirror.references.query import KeyValue, QueryError, parse
from workflow_mirror.web.find.groups import found
from workflow_mirror.web.kit.search_links import search_url, valid_query
from workflow_mirror.web.kit.site import site

ON_THE_PAGE = 20
PROPOSED = 5
"""Maximum hits of each kind."""


@require_safe
def find_page(request: HttpRequest) -> HttpResponse:
    """`q` is the text. A query with a key, such as `field:Region__c`, is answered by the search."""
    text = _text(request)
    if _may_search(request) and _has_key(text):
        return HttpResponseRedirect(search_url(text))
    context = {
        **site.each_context(request),
        "title": _("Search results"),
        **_results(request, text, ON_THE_PAGE),
    }
    return TemplateResponse(request, "web/find/page.html", context)


@require_safe
def find_proposals(request: HttpRequest) -> HttpResponse:
    """The options of the box's list, as HTML."""
    text = _text(request)
    context = _results(request, text, PROPOSED)
    return TemplateResponse(request, "web/find/proposals.html", context)


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()


def _results(request: HttpRequest, text: str, most: int) -> dict[str, Any]:
    groups = [] if _has_key(text) else found(request, text, most)
    return {
        "find_text": text,
        "groups": groups,
        "most": most,
        "longest": LONGEST_TEXT if len(text) > LONGEST_TEXT else 0,
        "inside": _inside(text) if _may_search(request) else "",
    }


def _may_search(request: HttpRequest) -> bool:
    return may(request.user, "workflows.view_workflow")


def _has_key(text: str) -> bool:
    try:
        query = parse(text)
    except QueryError:
        return False
    return any(isinstance(term, KeyValue) for term in query.terms)


def _inside(text: str) -> str:
    """The address of the search inside tasks; empty where no query has this text."""
    phrase = text.replace("\\", r"\\").replace('"', r"\"")
    query = valid_query(text) or valid_query(f'"{phrase}"')
    return search_url(query) if query else ""
