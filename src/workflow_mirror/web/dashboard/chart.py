"""Numbers for the dashboard, of what one user may see. Their SQL does not grow with the rows."""

import json
from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, IntegerField, Q, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, pgettext

from workflow_mirror.jobs.models import JobRun
from workflow_mirror.web.kit.access import AnyUser, limited
from workflow_mirror.web.kit.paginator import bounded_count

EXACT = 10_000
"""What the planner thinks of fewer rows, just written, may be several times too much."""
CHART_DAYS = 7
CHART_OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"position": "bottom"}},
    "scales": {
        "x": {"stacked": True, "grid": {"display": False}},
        "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}},
    },
}


def quick_count(queryset: QuerySet[Any]) -> str:
    """Exact up to `EXACT`; of more, what the planner thinks, marked as such."""
    counted = bounded_count(queryset, EXACT)
    if not counted.is_more:
        return number_format(int(counted), force_grouping=True)
    [plan] = json.loads(queryset.order_by().values("pk").explain(format="json"))
    estimate = max(int(plan["Plan"]["Plan Rows"]), int(counted))
    return "≈ " + number_format(float(f"{estimate:.3g}"), decimal_pos=0, force_grouping=True)


def recent_syncs(user: AnyUser) -> dict[str, Any] | None:
    """The changes of the last days as Chart.js takes them; None where there was no sync."""
    days = _by_day(user)
    if not days:
        return None
    today = timezone.now().date()
    dates = [today - timedelta(days=ago) for ago in reversed(range(CHART_DAYS))]
    return {
        "labels": [date_format(day, "D j") for day in dates],
        "datasets": [
            {
                "label": label,
                "data": [days[day][name] or 0 for day in dates],
                "backgroundColor": colour,
                "maxBarThickness": 32,
            }
            # Told apart also by those who see red and green alike.
            for name, label, colour in (
                ("created", pgettext("workflows", "Created"), "#0284c7"),
                ("updated", pgettext("workflows", "Updated"), "#7c3aed"),
                ("deleted", pgettext("workflows", "Deleted"), "#a8a29e"),
                ("failed", gettext("Failed jobs"), "#ea580c"),
            )
        ],
    }


def _by_day(user: AnyUser) -> dict[date, dict[str, Any]]:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    begin = midnight - timedelta(days=CHART_DAYS - 1)
    found = (
        limited(JobRun.objects.filter(finished_at__gte=begin), user)
        .annotate(day=TruncDate("finished_at"))
        .values("day")
        .annotate(
            created=_total("created"),
            updated=_total("updated"),
            deleted=_total("deleted"),
            failed=Count("pk", filter=Q(status=JobRun.Status.FAILED)),
        )
        .order_by("day")
    )
    days: dict[date, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    days.update({row["day"]: dict(row) for row in found})
    return days


def _total(stat: str) -> Sum:
    return Sum(Cast(KeyTextTransform(stat, "output"), IntegerField()))
