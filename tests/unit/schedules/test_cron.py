"""Cron texts: slots around the changes of the clock, words, and what is refused."""

import re
from datetime import UTC, datetime

import pytest

from workflow_mirror.schedules.cron import in_words, next_after
from workflow_mirror.schedules.errors import CronError

ROME = "Europe/Rome"


def slots(cron: str, timezone: str, moment: str, number: int) -> list[str]:
    found, after = [], datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for _ in range(number):
        after = next_after(cron, timezone, after)
        assert after.tzinfo is UTC
        found.append(f"{after:%d %H:%M}")
    return found


def test_a_slot_is_told_in_utc() -> None:
    assert slots("0 5 * * *", ROME, "2026-01-10 00:00", 2) == ["10 04:00", "11 04:00"]
    assert slots("0 5 * * *", ROME, "2026-07-10 00:00", 2) == ["10 03:00", "11 03:00"]
    assert slots("0 5 * * *", "UTC", "2026-07-10 05:00", 1) == ["11 05:00"]


def test_a_time_that_the_clock_skips_comes_right_after_it() -> None:
    # On 29 March 2026 Rome goes from 02:00 (01:00 UTC) straight to 03:00.
    assert slots("30 2 * * *", ROME, "2026-03-28 00:00", 3) == ["28 01:30", "29 01:00", "30 00:30"]


def test_a_time_that_the_clock_repeats_comes_once() -> None:
    # On 25 October 2026 Rome has 02:00 to 03:00 twice: from 00:00 and from 01:00 UTC.
    assert slots("30 2 * * *", ROME, "2026-10-24 12:00", 2) == ["25 00:30", "26 01:30"]


def test_an_hourly_schedule_comes_each_hour_that_there_is() -> None:
    spring = slots("0 * * * *", ROME, "2026-03-28 23:30", 4)
    assert spring == ["29 00:00", "29 01:00", "29 02:00", "29 03:00"]
    autumn = slots("0 * * * *", ROME, "2026-10-24 23:30", 4)
    assert autumn == ["25 00:00", "25 01:00", "25 02:00", "25 03:00"]


@pytest.mark.parametrize(
    ("cron", "timezone", "complaint"),
    [
        ("0 25 * * *", "UTC", "'0 25 * * *' is no cron text: Bad hour"),
        ("* * * *", "UTC", "is no cron text of five fields"),
        ("* * * * * *", "UTC", "is no cron text of five fields"),
        ("", "UTC", "is no cron text of five fields"),
        ("@hourly", "UTC", "is no cron text of five fields"),
        ("0 0 31 2 *", "UTC", "Bad day-of-month"),
        ("0 0 * * *", "Europe/Roma", "'Europe/Roma' is no timezone such as Europe/Rome"),
        ("0 0 * * *", "../../etc/passwd", "is no timezone"),
        ("0 0 * * *", "", "is no timezone"),
    ],
)
def test_what_can_never_be_due_is_refused(cron: str, timezone: str, complaint: str) -> None:
    with pytest.raises(CronError, match=re.escape(complaint)):
        next_after(cron, timezone, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("cron", "english", "italian"),
    [
        ("0 * * * *", "Every hour", "Ogni ora"),
        ("0 5 * * 1-5", "At 05:00, Monday through Friday", "Alle 05:00, da lunedì a venerdì"),
        ("30 2 * JAN *", "At 02:30, only in January", "Alle 02:30, solo in gennaio"),
        (
            "0 5 * 6-8 SUN",
            "At 05:00, only on Sunday, June through August",
            "Alle 05:00, solo la domenica, da giugno a agosto",
        ),
        (
            "0 8-9 * * *",
            "At 0 minutes past the hour, between 08:00 and 09:59",
            "Al minuto 0 di ogni ora, tra le 08:00 e le 09:59",
        ),
    ],
)
def test_a_cron_text_is_said_in_both_languages(cron: str, english: str, italian: str) -> None:
    assert in_words(cron) == english
    assert in_words(cron, "it") == italian


@pytest.mark.parametrize("cron", ["", "soon", "61 * * * *", "0 5 * * FOO"])
def test_what_is_no_cron_text_has_no_words(cron: str) -> None:
    with pytest.raises(CronError):
        in_words(cron)
