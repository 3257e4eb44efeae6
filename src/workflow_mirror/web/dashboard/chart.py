"""The dashboard's chart."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from workflow_mirror.access.scope import Scope
from workflow_mirror.jobs.scoped import changes_by_day

CHART_DAYS = 7
CHART_OPTIONS = {
    "responsive": True,
    "maintainAspectRatio": False,
    # Chart.js forgets a change of size that comes in the last frame of an animation.
    "animation": False,
    "plugins": {"legend": {"position": "bottom"}},
    "scales": {
        "x": {"stacked": True, "grid": {"display": False}},
        "y": {"stacked": True, "beginAtZero": True, "ticks": {"precision": 0}},
    },
}


def recent_syncs(scope: Scope) -> dict[str, Any] | None:
    """The changes of the last days in Chart.js format; None if there was no sync."""
    days = changes_by_day(scope, CHART_DAYS)
    if not days:
        return None
    today = timezone.localdate()
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
            # Distinguishable with red-green colour blindness, too.
            for name, label, colour in (
                ("created", pgettext("workflows", "Created"), "#0284c7"),
                ("updated", pgettext("workflows", "Updated"), "#7c3aed"),
                ("deleted", pgettext("workflows", "Deleted"), "#a8a29e"),
                ("failed", gettext("Failed jobs"), "#ea580c"),
            )
        ],
    }
