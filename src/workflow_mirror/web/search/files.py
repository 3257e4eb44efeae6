"""The hits of a search as CSV and XLSX: a row for each place."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from workflow_mirror.references.errors import SearchTooSlowError
from workflow_mirror.references.query import QueryError, parse
from workflow_mirror.references.search import MOST_HITS, Found, search
from workflow_mirror.web.kit.downloads import Write, download, file_views
from workflow_mirror.web.kit.search_links import search_url
from workflow_mirror.web.search.page import check_permission, search_scope
from workflow_mirror.web.search.words import CONFIDENCE, KINDS


def _file(request: HttpRequest, write: Write, suffix: str) -> HttpResponseBase:
    """The first `MOST_HITS` hits. The page of the search tells what is wrong with a query."""
    check_permission(request)
    text = request.GET.get("q", "").strip()
    try:
        query = parse(text)
        found = search(query, search_scope(request, query), limit=MOST_HITS)
    except (QueryError, SearchTooSlowError):
        return HttpResponseRedirect(search_url(text))
    cut = f"-first-{MOST_HITS}" if found.total > MOST_HITS else ""
    return download(
        request,
        write=write,
        titles=_titles(),
        rows=_rows(found),
        file_name=f"search-{timezone.now():%Y-%m-%d}{cut}.{suffix}",
    )


def _titles() -> list[str]:
    return [
        _("Customer"),
        _("Workflow"),
        _("Workflow's Zuora ID"),
        _("Task"),
        _("Task's Zuora ID"),
        _("Kind"),
        _("Name"),
        _("Path"),
        _("Line"),
        _("Text"),
        _("Confidence"),
    ]


def _rows(found: Found) -> Iterator[tuple[Any, ...]]:
    for hit in found.hits:
        of_hit = (hit.customer, hit.workflow, hit.workflow_zuora_id, hit.task, hit.task_zuora_id)
        for match in hit.matches:
            kind = str(KINDS.get(match.kind, match.kind))
            confidence = str(CONFIDENCE.get(match.confidence, match.confidence))
            excerpt = match.excerpt
            yield *of_hit, kind, match.name, match.path, excerpt.line, excerpt.text, confidence


csv_file, xlsx_file = file_views(_file)
