"""Cron texts of five fields in a timezone: when they are next due, and in words.

Around a change of the clock it is as in Debian's cron: a fixed time that the change skips comes
right after it, one that the change repeats comes once.
"""

import re
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cron_descriptor import ExpressionDescriptor, Options
from cron_descriptor.Exception import FormatError
from cronsim import CronSim, CronSimError
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import override

from workflow_mirror.schedules.errors import CronError

FIELDS = 5
LOCALES = {"en": "en_US", "it": "it_IT"}


def next_after(cron: str, timezone: str, moment: datetime) -> datetime:
    """The next slot after `moment`, in UTC. Raises CronError."""
    slots = _slots(cron, moment.astimezone(_zone(timezone)))
    try:
        return next(slots).astimezone(UTC)
    except StopIteration as error:
        raise CronError(_("%(cron)r never comes") % {"cron": cron}) from error


def slots_before(cron: str, timezone: str, moment: datetime, number: int) -> list[datetime]:
    """The last slots before `moment`, latest first, in UTC. Raises CronError."""
    slots = _slots(cron, moment.astimezone(_zone(timezone)), reverse=True)
    found = [slot.astimezone(UTC) for slot in islice(slots, number)]
    if len(found) < number:
        raise CronError(_("%(cron)r never comes") % {"cron": cron})
    return found


def in_words(cron: str, language: str = "en") -> str:
    """Such as "At 05:00, Monday through Friday". Raises CronError."""
    _slots(cron, datetime.now(UTC))  # the library below takes more for a cron text than there is
    options = Options()
    options.locale_code = LOCALES[language]
    options.use_24hour_time_format = True
    try:
        words = ExpressionDescriptor(cron, options).get_description()
    except (FormatError, ValueError, IndexError, KeyError) as error:
        raise CronError(_("%(cron)r is no cron text") % {"cron": cron}) from error
    return words if language == "en" else _in_italian(words)


def _in_italian(words: str) -> str:
    """The library takes the names of days and months from the process's locale, not from ours, and
    puts them into phrases that fit English.
    """
    names = [*WEEKDAYS.values(), *MONTHS.values()]
    with override("en"):
        originals = [str(name) for name in names]
    with override("it"):
        translated = [str(name) for name in names]
    for original, name in zip(originals, translated, strict=True):
        words = words.replace(original, name)
    name = f"({'|'.join(translated)})"
    words = re.sub(f"{name} al {name}", r"da \1 a \2", words)
    words = re.sub(r"Al (\d+) minuto passata l'ora", r"Al minuto \1 di ogni ora", words)
    return words.replace("il domenica", "la domenica")


def _slots(cron: str, moment: datetime, *, reverse: bool = False) -> CronSim:
    if len(cron.split()) != FIELDS:
        raise CronError(_("%(cron)r is no cron text of five fields") % {"cron": cron})
    try:
        return CronSim(cron, moment, reverse)
    except CronSimError as error:
        words = {"cron": cron, "reason": error}
        raise CronError(_("%(cron)r is no cron text: %(reason)s") % words) from error


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        words = {"name": name}
        raise CronError(_("%(name)r is no timezone such as Europe/Rome") % words) from error
