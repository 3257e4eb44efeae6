"""What holds for every cron expression, valid or not."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.schedules.cron import error_of, in_words, next_slots, slots
from workflow_mirror.schedules.errors import CronError

UNTIMED = settings(deadline=None)  # the first example loads the catalogues
ZONES = ("UTC", "Europe/Rome", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe")
AUTUMN = datetime(2026, 10, 25, tzinfo=UTC)  # Rome has the hours from 00:00 and 01:00 UTC as one
MOMENTS = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    st.integers(0, 150).map(lambda minutes: AUTUMN + timedelta(minutes=minutes)),
)
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


def fields(first: int, last: int, *others: str) -> st.SearchStrategy[str]:
    """A field of a cron expression as people write it: mostly valid, not always."""
    number = st.integers(first, last + 1).map(str)
    one = st.one_of(
        number,
        st.just("*"),
        st.tuples(number, number).map("-".join),
        st.integers(1, last).map("*/{}".format),
        st.tuples(number, number, st.integers(0, last).map(str)).map("{0[0]}-{0[1]}/{0[2]}".format),
        *([st.sampled_from(others)] if others else []),
    )
    return st.one_of(st.just("*"), one, st.lists(one, min_size=2, max_size=4).map(",".join))


def short(first: int, last: int, most: int) -> st.SearchStrategy[str]:
    """A valid field that words can describe."""
    numbers = st.lists(st.integers(first, last), min_size=2, max_size=most, unique=True).map(sorted)
    return st.one_of(
        st.just("*"),
        st.just("*"),
        st.integers(first, last).map(str),
        st.integers(1, 12).map("*/{}".format),
        numbers.map(lambda found: ",".join(map(str, found))),
        numbers.map(lambda found: f"{found[0]}-{found[-1]}"),
        numbers.map(lambda found: f"{found[0]}-{found[1]},{found[-1]}"),
    )


TIMES = (short(0, 59, 4), short(0, 23, 4))
SHORT = st.one_of(
    st.tuples(*TIMES, short(1, 31, 5), short(1, 12, 6), st.just("*")).map(" ".join),
    st.tuples(*TIMES, st.just("*"), short(1, 12, 6), short(0, 7, 6)).map(" ".join),
)
EXPRESSIONS = st.tuples(
    fields(0, 59),
    fields(0, 23),
    fields(1, 31, "L", "LW", "15W", "?"),
    fields(1, 12, "JAN", "jul", "DEC-JAN"),
    fields(0, 7, "MON", "sun", "MON-FRI", "5L", "1#2", "FRI#5", "L", "?"),
).map(" ".join)
TEXTS = st.one_of(
    EXPRESSIONS,
    st.text(max_size=120),
    st.lists(st.text("0123456789*/-,LW#?ANJMOSUFRIT²ı", max_size=8), min_size=5, max_size=5).map(
        " ".join
    ),
)


@UNTIMED
@given(st.one_of(SHORT, TEXTS), st.sampled_from(ZONES), MOMENTS)
def test_an_expression_is_invalid_or_has_slots_that_follow_each_other(
    cron: str, zone: str, moment: datetime
) -> None:
    found = next_slots(cron, zone, moment)
    assert bool(found) == (error_of(cron, zone, moment) is None)
    assert all(sooner < later for sooner, later in pairwise([moment, *found]))
    for language in ("en", "it", "fr"):
        assert isinstance(in_words(cron, language), str)


@UNTIMED
@given(st.one_of(SHORT, EXPRESSIONS), MOMENTS)
def test_words_name_exactly_the_slots(cron: str, moment: datetime) -> None:
    words = in_words(cron)
    if words == cron:
        return
    with suppress(CronError):
        found = list(islice(slots(cron, "UTC", moment), 20))
        assert found == list(islice(slots_of(words, moment), len(found))), words


@UNTIMED
@given(st.one_of(SHORT, EXPRESSIONS))
def test_every_language_describes_the_same_expressions(cron: str) -> None:
    assert (in_words(cron) == cron) == (in_words(cron, "it") == cron)


# The English words, read back without the expression.


def slots_of(words: str, moment: datetime) -> Iterator[datetime]:
    times, may = times_of(words), days_of(words)
    day = moment.date()
    while True:
        if may(day):
            midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
            for minutes in times:
                slot = midnight + timedelta(minutes=minutes)
                if slot > moment:
                    yield slot
        day += timedelta(days=1)


def times_of(words: str) -> list[int]:
    """The minutes of a day."""
    clocks = [60 * int(hour) + int(minute) for hour, minute in re.findall(r"(\d\d):(\d\d)", words)]
    if words.startswith("At "):
        return clocks
    if found := re.match(r"Every hour at minutes? ([\d, and]+?)(?:, [a-zA-Z]|$)", words):
        minutes = [int(one) for one in re.findall(r"\d+", found[1])]
        return [60 * hour + minute for hour in range(24) for minute in minutes]
    found = re.match(r"Every (?:(\d+) )?(minute|hour)s?( from )?", words)
    assert found, words
    step = int(found[1] or 1) * (60 if found[2] == "hour" else 1)
    first, last = clocks if found[3] else (0, 24 * 60 - 1)
    return list(range(first, last + 1, step))


def days_of(words: str) -> Callable[[date], bool]:
    weekdays, months = named(words, WEEKDAYS), named(words, MONTHS)
    days = {
        day
        for listed in re.findall(r"on days? ([\d, and-]+) of the month", words)
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", listed)
        for day in range(int(first), int(last or first) + 1)
    } or set(range(1, 32))
    return lambda day: day.day in days and day.weekday() in weekdays and day.month - 1 in months


def named(words: str, names: list[str]) -> set[int]:
    """The positions of the names that are listed; all where none is."""
    found = [names.index(name) for name in re.findall("|".join(names), words)]
    if re.search(rf"({'|'.join(names)}) through", words):
        found = list(range(found[0], found[1] + 1))
    return set(found or range(len(names)))


def test_the_reader_of_words_knows_what_they_mean() -> None:
    moment = datetime(2027, 1, 1, tzinfo=ZoneInfo("UTC"))
    words = "Every 6 hours from 06:00 through 18:00, Monday through Tuesday, only in March"
    assert [f"{slot:%d %H}" for slot in islice(slots_of(words, moment), 4)] == [
        "01 06", "01 12", "01 18", "02 06",
    ]  # fmt: skip
