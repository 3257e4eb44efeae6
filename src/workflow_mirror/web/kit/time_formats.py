"""Times as people read them: how long ago, with the time itself where the mouse rests."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

A_MINUTE = timedelta(minutes=1)


def ago(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if timezone.now() - moment < A_MINUTE:
        age = _("just now")
    else:  # in one unit: the exact time is one movement away
        age = _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    return format_html(
        '<time datetime="{}" title="{}" class="whitespace-nowrap">{}</time>',
        moment.isoformat(),
        moment.strftime("%Y-%m-%d %H:%M UTC"),
        age,
    )


def minutes(moments: Iterable[datetime]) -> str:
    """Such as "2026-11-30 05:00, 2026-12-01 05:00 UTC"."""
    return ", ".join(f"{moment:%Y-%m-%d %H:%M}" for moment in moments) + " UTC"
