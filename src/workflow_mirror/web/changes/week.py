"""The weekly view: what changed since Monday, or in an earlier week, by customer and workflow."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from workflow_mirror.access.scope import scope_of
from workflow_mirror.history.weeks import WEEK, CustomerWeek, WorkflowWeek, changes_of_week
from workflow_mirror.web.changes.entries import VARIANTS, Kind, name_of, timeline_of
from workflow_mirror.web.changes.timeline import shown
from workflow_mirror.web.kit import table_cells

FIRST_YEAR, LAST_YEAR = 2000, 2199


def week_context(request: HttpRequest) -> dict[str, Any]:
    """The week with the day `?day=`, such as 2026-11-23; without it the present one.

    404 if it is no date.
    """
    today = timezone.localdate()
    week = changes_of_week(scope_of(request.user), _day(request.GET.get("day", "")) or today)
    return {
        "week": week,
        "kinds": [
            table_cells.label(f"{Kind(kind).label} {number}", VARIANTS[kind])
            for kind, number in week.kinds
        ],
        "customers": [_customer(customer) for customer in week.customers],
        "previous": week.monday - WEEK,
        "next": week.monday + WEEK if week.monday + WEEK <= today else None,
        "is_present": week.monday <= today < week.monday + WEEK,
    }


def _day(text: str) -> date | None:
    """None for ""."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Http404
    return day


def _customer(week: CustomerWeek) -> dict[str, Any]:
    return {
        "pk": week.pk,
        "name": week.name,
        "number": week.number,
        "workflows": [_workflow(workflow) for workflow in week.workflows],
    }


def _workflow(week: WorkflowWeek) -> dict[str, Any]:
    return {
        "name": name_of(week.latest),
        "link": timeline_of(week.latest),
        "changes": [shown(entry) for entry in week.changes],
    }
