"""The comparison of two customers as CSV and XLSX."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from workflow_mirror.compare.service import Rows
from workflow_mirror.web.compare.chosen import check_view, chosen_or_404, label_of
from workflow_mirror.web.compare.found import found_for
from workflow_mirror.web.compare.page import filtered
from workflow_mirror.web.compare.words import LABELS, told
from workflow_mirror.web.kit.downloads import Write, download, file_views
from workflow_mirror.workflows.secrets import masked


def _file(request: HttpRequest, write: Write, suffix: str) -> HttpResponseBase:
    """The rows that the page shows, on all its pages."""
    check_view(request)
    both = chosen_or_404(request)
    found = found_for(request, both.source.pk, both.target.pk)
    names = label_of(both.source), label_of(both.target)
    return download(
        request,
        write=write,
        titles=_titles(*names),
        rows=_rows(filtered(request, found.rows(both.source.pk))),
        file_name=f"comparison-{timezone.now():%Y-%m-%d}.{suffix}",
    )


def _titles(source: str, target: str) -> list[str]:
    sides = (
        title % {"customer": customer}
        for customer in (source, target)
        for title in (_("%(customer)s: Zuora ID"), _("%(customer)s: version"))
    )
    return [_("Workflow"), _("Status"), _("Differences"), _("Expected differences"), *sides]


def _rows(rows: Rows) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        sides = [
            value
            for one in (row.source, row.target)
            for value in ((one.zuora_id, one.version) if one else ("", ""))
        ]
        expected = row.outcome.expected if row.outcome else ""
        yield masked(row.name), str(LABELS[row.status]), told(row), expected, *sides


csv_file, xlsx_file = file_views(_file)
