"""Cron expressions of five fields in a time zone: what is valid, when they run, and in words.

Only CronSim decides what is valid. Descriptions are made from the sets of minutes, hours and days
that it has read, so they always match the slots.

Clock changes are handled as in Debian's cron: a fixed time that the change skips runs right after
it, and one that the change repeats runs once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from workflow_mirror.errors import gettext_noop
from workflow_mirror.schedules.errors import (
    CronError,
    CronFieldsError,
    CronTooLongError,
    InvalidCronError,
    UnknownTimezoneError,
)

MAX_LENGTH = 100  # of Schedule.cron
FIELDS = 5
LANGUAGES = frozenset(("en", "it"))  # those of our catalogues
ALL_DAYS = frozenset(range(1, 32))
ALL_WEEKDAYS = frozenset(range(7))
DAY = 24 * 60  # minutes
CLOCK_CHANGE = timedelta(hours=2)  # longer than any
MOST_NAMED = 4  # more times, days or names than this are not a short sentence
MOST_NAMES = 6
NEVER = gettext_noop("this never occurs")


def next_after(cron: str, timezone: str, moment: datetime) -> datetime:
    """The next slot after `moment`, in UTC. Raises CronError, also where there is none."""
    for slot in slots(cron, timezone, moment):
        return slot
    raise InvalidCronError(cron=cron, reason=NEVER)


def next_slots(cron: str, timezone: str, moment: datetime, number: int = 3) -> list[datetime]:
    """The next slots after `moment`, in UTC; empty where the expression or the zone is invalid."""
    try:
        return list(islice(slots(cron, timezone, moment), number))
    except CronError:
        return []


def slots_before(cron: str, timezone: str, moment: datetime, number: int) -> list[datetime]:
    """The last slots before `moment`, latest first, in UTC. Raises CronError."""
    # From later on: within an hour that a clock change repeats, CronSim does not find the slots
    # that were in it for the first time.
    later = (moment + CLOCK_CHANGE).astimezone(zone(timezone))
    found = (slot.astimezone(UTC) for slot in parse(cron, later, reverse=True))
    slots = list(islice((slot for slot in found if slot < moment), number))
    if len(slots) < number:
        raise InvalidCronError(cron=cron, reason=NEVER)
    return slots


def error_of(cron: str, timezone: str, moment: datetime) -> CronError | None:
    """Why it is invalid, or never occurs after `moment`; None where it is valid."""
    try:
        next_after(cron, timezone, moment)
    except CronError as error:
        return error
    return None


def slots(cron: str, timezone: str, moment: datetime) -> Iterator[datetime]:
    """All slots after `moment` in their order, in UTC. Raises CronError."""
    return _ascending(parse(cron, moment.astimezone(zone(timezone))), moment)


def _ascending(found: CronSim, moment: datetime) -> Iterator[datetime]:
    """In the hour that a clock change repeats, CronSim also gives slots that are over, and several
    skipped ones at the same moment.
    """
    last = moment
    for local in found:
        slot = local.astimezone(UTC)
        if slot > last:
            last = slot
            yield slot


def parse(cron: str, moment: datetime, *, reverse: bool = False) -> CronSim:
    """Raises CronError, with a message for the user."""
    if len(cron) > MAX_LENGTH:
        raise CronTooLongError(number=MAX_LENGTH)
    if len(cron.split()) != FIELDS:
        raise CronFieldsError(cron=cron)
    try:
        return CronSim(cron, moment, reverse)
    except CronSimError as error:
        raise InvalidCronError(cron=cron, reason=_reason(cron, str(error))) from error


def zone(name: str) -> ZoneInfo:
    """Raises CronError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimezoneError(name=name) from error


def _reason(cron: str, error: str) -> str:
    """What CronSim objects to, with the range of the field, in English."""
    minute, hour, day, _month, weekday = cron.split()
    if error == "Bad day-of-month" and _is_valid(f"{minute} {hour} {day} * {weekday}"):
        return NEVER  # such as 31 February
    if re.search(r"/0+(,|\s|$)", cron):
        return gettext_noop("a step must be at least 1")
    if _has_descending_range(cron):
        return gettext_noop("a range must ascend, such as MON-FRI")
    reasons = {
        "Bad minute": gettext_noop("minute must be 0-59"),
        "Bad hour": gettext_noop("hour must be 0-23"),
        "Bad day-of-month": gettext_noop("day of the month must be 1-31, L or LW"),
        "Bad month": gettext_noop("month must be 1-12 or JAN-DEC"),
        "Bad day-of-week": gettext_noop("day of the week must be 0-7 or SUN-SAT"),
    }
    return reasons.get(error, error)


def _has_descending_range(cron: str) -> bool:
    """Whether it is valid once the ends of each range are swapped."""
    swapped = re.sub(r"(\w+)-(\w+)", r"\2-\1", cron)
    return swapped != cron and _is_valid(swapped)


def _is_valid(cron: str) -> bool:
    try:
        CronSim(cron, datetime.now(UTC))
    except CronSimError:
        return False
    return True


# In words


def in_words(cron: str, language: str = "en") -> str:
    """Such as "At 05:00, Monday through Friday"; English for a language without a catalogue.

    The expression itself where it has no short description, and where it is invalid.
    """
    try:
        parsed = parse(cron, datetime.now(UTC))
    except CronError:
        return cron
    with override(known if (known := language.partition("-")[0]) in LANGUAGES else "en"):
        time, days, months = _time(parsed), _days(parsed), _months(parsed)
    if time is None or days is None or months is None:
        return cron
    return ", ".join(filter(None, (time, days, months)))


def _time(parsed: CronSim) -> str | None:
    """When on a day."""
    minutes, hours = sorted(parsed.minutes), sorted(parsed.hours)
    times = [60 * hour + minute for hour in hours for minute in minutes]
    steps = {later - sooner for sooner, later in pairwise([*times, times[0] + DAY])}
    if len(steps) == 1 and times[0] == 0 and len(times) > 1:
        return _every(*steps)
    if len(times) <= MOST_NAMED:
        return _("At %(times)s") % {"times": _listed(map(_clock, times))}
    if len(hours) == 24 and len(minutes) <= MOST_NAMED:  # noqa: PLR2004 - a day has 24 hours
        return ngettext(
            "Every hour at minute %(minutes)s", "Every hour at minutes %(minutes)s", len(minutes)
        ) % {"minutes": _listed(map(str, minutes))}
    words = {"first": _clock(times[0]), "last": _clock(times[-1])}
    within = {later - sooner for sooner, later in pairwise(times)}
    if len(within) == 1:
        return _("%(every)s from %(first)s through %(last)s") % {"every": _every(*within), **words}
    return None


def _days(parsed: CronSim) -> str | None:
    """On which days; empty for all. None where both fields restrict them: whether a day has to
    match one or both depends on how they are written.
    """
    if not all(isinstance(day, int) for day in parsed.weekdays) or min(parsed.days) < 1:
        return None  # such as 5L, 1#2 and LW
    # 0 and 7 are Sunday. The week begins on Monday, as in Django's WEEKDAYS.
    weekdays = {(int(str(day)) - 1) % 7 for day in parsed.weekdays}
    every_day, every_weekday = parsed.days >= ALL_DAYS, weekdays == ALL_WEEKDAYS
    if every_day and every_weekday:
        return ""
    if not parsed.day_and:
        return None
    if every_day:
        return _named(weekdays, WEEKDAYS, _("only on %(names)s"))
    if every_weekday:
        return _days_of_month(parsed.days)
    return None


def _days_of_month(days: set[int]) -> str | None:
    spans = _spans(days)
    if len(spans) > MOST_NAMED:
        return None
    listed = _listed(f"{first}-{last}" if first < last else str(first) for first, last in spans)
    return ngettext("on day %(days)s of the month", "on days %(days)s of the month", len(days)) % {
        "days": listed
    }


def _months(parsed: CronSim) -> str | None:
    if len(parsed.months) == len(MONTHS):
        return ""
    return _named(parsed.months, MONTHS, _("only in %(names)s"))


def _every(minutes: int) -> str:
    if minutes % 60:
        words = {"number": minutes}
        return ngettext("Every minute", "Every %(number)d minutes", minutes) % words
    hours = minutes // 60
    return ngettext("Every hour", "Every %(number)d hours", hours) % {"number": hours}


def _named(numbers: set[int], names: Mapping[int, object], text: str) -> str | None:
    """The days of the week or months of these numbers."""
    [(first, last), *more] = _spans(numbers)
    if not more and last - first > 1:
        return _("%(first)s through %(last)s") % {"first": names[first], "last": names[last]}
    if len(numbers) > MOST_NAMES:
        return None
    return text % {"names": _listed(str(names[number]) for number in sorted(numbers))}


def _spans(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """The runs of consecutive numbers, each as its first and last."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _listed(items: Iterable[str]) -> str:
    *others, last = items
    if not others:
        return last
    return _("%(items)s and %(last)s") % {"items": ", ".join(others), "last": last}


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
