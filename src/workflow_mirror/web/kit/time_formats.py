"""Times as people read them, in the current time zone (kit/timezone.py).

The pages name the time zone once, at their end; what the mouse shows over a time names it again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

A_MINUTE = timedelta(minutes=1)
TO_THE_MINUTE, TO_THE_SECOND = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"


def ago(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    if timezone.now() - moment < A_MINUTE:
        age = _("just now")
    else:  # in one unit: the exact time is one movement away
        age = _("%(time)s ago") % {"time": timesince(moment, depth=1)}
    return relative(moment, age)


def relative(moment: datetime, words: str, form: str = TO_THE_MINUTE) -> SafeString:
    """The words, with the exact time and its time zone on hover."""
    return format_html(
        '<time datetime="{}" title="{}" class="whitespace-nowrap">{}</time>',
        moment.isoformat(),
        f"{timezone.localtime(moment):{form} %Z}",
        words,
    )


def exact(moment: datetime, form: str = TO_THE_MINUTE) -> SafeString:
    """Such as "2026-11-28 09:22"."""
    return relative(moment, f"{timezone.localtime(moment):{form}}", form)


def minutes(moments: Iterable[datetime], zone: tzinfo | None = None) -> str:
    """Such as "2026-11-30 05:00, 2026-12-01 05:00 UTC", in the current time zone or in `zone`."""
    zone = zone or timezone.get_current_timezone()
    return (
        ", ".join(f"{moment.astimezone(zone):{TO_THE_MINUTE}}" for moment in moments) + f" {zone}"
    )


def zone_words() -> str:
    """The current time zone, such as "Europe/Rome (UTC+01:00)"."""
    name = timezone.get_current_timezone_name()
    offset = f"{timezone.localtime():%:z}"
    return name if name == "UTC" else f"{name} (UTC{offset})"
