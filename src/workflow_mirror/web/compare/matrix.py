"""One template against the customers that are rolled out from it: a status a cell."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workflow_mirror.access.scope import may, scope_of
from workflow_mirror.compare.agreements import MANAGE, templates_in
from workflow_mirror.compare.customers import Mirrored, workflows_of
from workflow_mirror.compare.result import ONLY_IN_SOURCE, SAME, Row
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.web.compare.chosen import (
    check_view,
    choices,
    compare_url,
    customer_of,
    diff_url,
    label_of,
)
from workflow_mirror.web.compare.found import end_of_slice, found_for
from workflow_mirror.web.compare.words import LABELS, VARIANTS, told
from workflow_mirror.web.kit import table_cells
from workflow_mirror.web.kit.clean_input import row_id
from workflow_mirror.web.kit.downloads import Write, download, file_views
from workflow_mirror.web.kit.site import site
from workflow_mirror.workflows.secrets import masked

CUSTOMERS_ON_A_PAGE, ROWS_ON_A_PAGE = 8, 50


@dataclass(frozen=True)
class Cell:
    label: str | Promise
    variant: str
    text: str
    link: str
    differs: bool

    @property
    def state(self) -> SafeString:
        return table_cells.label(self.label, self.variant)


@dataclass(frozen=True)
class Column:
    """A customer with the number of workflows that differ from the template, and its own ones."""

    customer: Customer
    label: str
    link: str
    cells: dict[str, Cell]
    differing: int
    own: int
    is_complete: bool


@require_safe
def matrix_page(request: HttpRequest) -> HttpResponse:
    """Of the customers of `template`; without one, the templates to choose from."""
    check_view(request)
    scope = scope_of(request.user)
    template = request.GET.get("template", "")
    context = {
        "title": _("Templates"),
        "customers": [(one.pk, label_of(one)) for one in choices(scope)],
        "templates": _templates(request),
        "may_manage": may(request.user, MANAGE),
        **(_of_template(request, customer_of(request, template)) if template else {}),
    }
    return TemplateResponse(
        request, "web/comparison/matrix.html", {**site.each_context(request), **context}
    )


def _templates(request: HttpRequest) -> list[dict[str, Any]]:
    """Each with the number of its customers that the user may see."""
    numbers: dict[int, dict[str, Any]] = {}
    for row in templates_in(scope_of(request.user)).order_by("template__name"):
        one = numbers.setdefault(
            row.template_id,
            {"key": row.template_id, "label": label_of(row.template), "number": 0},
        )
        one["number"] += 1
    return list(numbers.values())


def _rollouts(request: HttpRequest, template: Customer) -> list[Customer]:
    rows = templates_in(scope_of(request.user)).filter(template=template)
    return [row.customer for row in rows.order_by("customer__name")]


def _of_template(request: HttpRequest, template: Customer) -> dict[str, Any]:
    rollouts = _rollouts(request, template)
    sheet, sheets = _page_of(request, "sheet", len(rollouts), CUSTOMERS_ON_A_PAGE)
    columns = _columns(request, template, _part(rollouts, sheet, CUSTOMERS_ON_A_PAGE))
    only_different = bool(request.GET.get("different"))
    workflows = _workflows(request, template)
    if only_different:
        workflows = [one for one in workflows if any(_differs(of, one.key) for of in columns)]
    page, pages = _page_of(request, "page", len(workflows), ROWS_ON_A_PAGE)
    return {
        "template": template,
        "template_label": label_of(template),
        "columns": columns,
        "rows": [
            {
                "name": masked(one.name) or one.zuora_id,
                "cells": [of.cells.get(one.key) for of in columns],
            }
            for one in _part(workflows, page, ROWS_ON_A_PAGE)
        ],
        "only_different": only_different,
        "file_query": urlencode({"template": template.pk}),
        "is_complete": (is_complete := all(column.is_complete for column in columns)),
        "lacks_worker": not is_complete and not alive_workers(),
        "sheets": _turns(request, "sheet", sheet, sheets),
        "pages": _turns(request, "page", page, pages),
    }


def _workflows(request: HttpRequest, template: Customer) -> list[Mirrored]:
    found = workflows_of(scope_of(request.user), [template.pk])[template.pk]
    return sorted(found, key=lambda one: (one.name.casefold(), one.id))


def _columns(request: HttpRequest, template: Customer, customers: list[Customer]) -> list[Column]:
    """All of them may compute for one moment together."""
    end = end_of_slice()
    return [_column(request, template, one, end) for one in customers]


def _column(request: HttpRequest, template: Customer, customer: Customer, end: float) -> Column:
    found = found_for(request, template.pk, customer.pk, end)
    rows = found.rows(template.pk)
    of_template = [row for row in rows if row.source]
    return Column(
        customer,
        label_of(customer),
        compare_url(template.pk, customer.pk),
        {row.source.key: _cell(row, template, customer) for row in of_template if row.source},
        sum(1 for row in of_template if row.status not in {SAME, None}),
        len(rows) - len(of_template),
        not found.missing(),
    )


def _cell(row: Row[Any], template: Customer, customer: Customer) -> Cell:
    if row.source and row.target:
        link = diff_url(row.source.id, row.target.id)
    else:
        link = compare_url(template.pk, customer.pk, q=masked(row.name))
    label = _("Missing") if row.status == ONLY_IN_SOURCE else LABELS[row.status]
    return Cell(label, VARIANTS[row.status], told(row), link, row.status not in {SAME, None})


def _differs(column: Column, key: str) -> bool:
    cell = column.cells.get(key)
    return cell is not None and cell.differs


def _part[T](items: list[T], page: int, size: int) -> list[T]:
    return items[(page - 1) * size : page * size]


def _page_of(request: HttpRequest, name: str, number: int, size: int) -> tuple[int, int]:
    """The page that is asked for, and how many there are."""
    pages = max(1, ceil(number / size))
    return min(pages, max(1, row_id(request.GET.get(name, "")) or 1)), pages


def _turns(request: HttpRequest, name: str, page: int, pages: int) -> dict[str, Any]:
    """`previous` and `next` are addresses, empty where there is no such page."""
    links = {}
    for label, other in (("previous", page - 1), ("next", page + 1)):
        query = request.GET.copy()
        query[name] = str(other)
        links[label] = f"?{query.urlencode()}" if 1 <= other <= pages else ""
    return {"page": page, "pages": pages, **links}


def _file(request: HttpRequest, write: Write, suffix: str) -> HttpResponseBase:
    """All customers of the template, and all its workflows."""
    check_view(request)
    template = customer_of(request, request.GET.get("template", ""))
    columns = _columns(request, template, _rollouts(request, template))
    return download(
        request,
        write=write,
        titles=[_("Workflow"), _("Zuora ID"), *(column.label for column in columns)],
        rows=_file_rows(_workflows(request, template), columns),
        file_name=f"template-{timezone.now():%Y-%m-%d}.{suffix}",
    )


def _file_rows(workflows: list[Mirrored], columns: list[Column]) -> Iterator[tuple[str, ...]]:
    for one in workflows:
        cells = (column.cells.get(one.key) for column in columns)
        yield masked(one.name), one.zuora_id, *(str(cell.label) if cell else "" for cell in cells)


csv_file, xlsx_file = file_views(_file)
