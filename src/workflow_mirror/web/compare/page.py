"""The page that compares two customers."""

from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.compare.agreements import MANAGE, compared_before
from workflow_mirror.compare.result import STATUSES, summary
from workflow_mirror.compare.service import Comparison, Rows, comparison
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.web.compare.chosen import (
    Chosen,
    check_view,
    choices,
    chosen,
    chosen_or_404,
    compare_url,
    label_of,
)
from workflow_mirror.web.compare.found import found_for
from workflow_mirror.web.compare.rows import shown_rows
from workflow_mirror.web.compare.words import LABELS
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.site import site

ROWS_ON_A_PAGE = 100


@require_safe
def compare_page(request: HttpRequest) -> HttpResponse:
    """Of `source` and `target`, filtered by `status` and by `q`, text in the name."""
    check_view(request)
    both = chosen(request)
    context = {
        "title": _("Compare customers"),
        "customers": [(one.pk, label_of(one)) for one in choices(scope_of(request.user))],
        "is_same_twice": both is None and bool(request.GET.get("source")),
        **(_result(request, both) if both else _start(request)),
    }
    return TemplateResponse(
        request, "web/comparison/page.html", {**site.each_context(request), **context}
    )


@require_safe
def compare_progress(request: HttpRequest) -> JsonResponse:
    """How many pairs there are, and how many of them a job has still to compare; also in words."""
    check_view(request)
    both = chosen_or_404(request)
    progress = _progress(comparison(scope_of(request.user), both.source.pk, both.target.pk))
    return JsonResponse({**progress, "text": _progress_text(**progress)})


def filtered(request: HttpRequest, rows: Rows) -> Rows:
    status, text = request.GET.get("status", ""), request.GET.get("q", "").strip().casefold()
    if status:
        rows = [row for row in rows if row.status == status]
    return [row for row in rows if text in "\n".join(row.names).casefold()] if text else rows


def _start(request: HttpRequest) -> dict[str, Any]:
    before = [
        {"link": compare_url(one.pk, two.pk), "names": [label_of(one), label_of(two)]}
        for one, two in compared_before(scope_of(request.user))
    ]
    return {"before": before}


def _result(request: HttpRequest, both: Chosen) -> dict[str, Any]:
    found = found_for(request, both.source.pk, both.target.pk)
    rows = found.rows(both.source.pk)
    shown = filtered(request, rows)
    pages = max(1, ceil(len(shown) / ROWS_ON_A_PAGE))
    page = min(pages, max(1, row_id(request.GET.get("page", "")) or 1))
    visible = shown[(page - 1) * ROWS_ON_A_PAGE : page * ROWS_ON_A_PAGE]
    return {
        "both": both,
        "names": [label_of(both.source), label_of(both.target)],
        "sides": [
            {"label": label_of(one), "synced": one.last_good_at}
            for one in (both.source, both.target)
        ],
        "swapped": compare_url(both.target.pk, both.source.pk),
        "filters": _filters(request, both, rows),
        "text": request.GET.get("q", ""),
        "status": request.GET.get("status", ""),
        "rows": shown_rows(scope_of(request.user), both, rows, visible),
        "progress": (progress := _progress(found)),
        "compared": progress["pairs"] - progress["missing"],
        "progress_text": _progress_text(**progress),
        "lacks_worker": bool(progress["missing"]) and not alive_workers(),
        "may_manage": may(request.user, MANAGE),
        "rules": len(found.agreed.rules),
        "file_query": urlencode(_query(request, both)),
        **_pages(request, both, page, pages),
    }


def _progress(found: Comparison) -> dict[str, int]:
    pairs = sum(1 for pair in found.pairs if pair.source and pair.target)
    return {"missing": len(found.missing()), "pairs": pairs}


def _progress_text(missing: int, pairs: int) -> str:
    text = ngettext(
        "%(number)s of %(pairs)s pairs is not compared yet. A job compares it.",
        "%(number)s of %(pairs)s pairs are not compared yet. A job compares them.",
        missing,
    )
    return text % {"number": missing, "pairs": pairs}


def _filters(request: HttpRequest, both: Chosen, rows: Rows) -> list[dict[str, Any]]:
    current, text = request.GET.get("status", ""), request.GET.get("q", "")
    numbers: dict[str, int] = {"": len(rows), **summary(rows)}
    labels: dict[str, Any] = {"": _("All"), **{status: LABELS[status] for status in STATUSES}}
    others = {"q": text} if text else {}
    return [
        {
            "status": status,
            "label": labels[status],
            "number": number,
            "is_current": status == current,
            "link": compare_url(
                both.source.pk,
                both.target.pk,
                **({"status": status} if status else {}),
                **others,
            ),
        }
        for status, number in numbers.items()
    ]


def _query(request: HttpRequest, both: Chosen) -> dict[str, Any]:
    given = {name: request.GET.get(name, "") for name in ("status", "q")}
    ids = {"source": both.source.pk, "target": both.target.pk}
    return ids | {name: value for name, value in given.items() if value}


def _pages(request: HttpRequest, both: Chosen, page: int, pages: int) -> dict[str, Any]:
    query = _query(request, both)
    links = {
        name: f"?{urlencode(query | {'page': other})}" if 1 <= other <= pages else ""
        for name, other in (("previous", page - 1), ("next", page + 1))
    }
    return {"page": page, "pages": pages, **links}
