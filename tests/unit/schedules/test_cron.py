"""Cron expressions: slots around clock changes, words, and what is refused."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from workflow_mirror.schedules.cron import error_of, in_words, next_after, next_slots
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


@pytest.mark.parametrize("cron", ["30 2 * * *", "0,30 2 * * *", "*/30 * * * *", "0 0 * * *"])
def test_no_slot_is_over_when_it_is_asked_for(cron: str) -> None:
    # From 00:00 to 02:00 UTC: 02:00 to 03:00 in Rome, twice.
    for minutes in range(150):
        moment = datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes)
        assert next_after(cron, ROME, moment) > moment


@pytest.mark.parametrize(
    ("cron", "timezone", "complaint"),
    [
        ("0 25 * * *", "UTC", "Invalid cron expression '0 25 * * *': hour must be 0-23"),
        ("61 * * * *", "UTC", "minute must be 0-59"),
        ("0 0 32 * *", "UTC", "day of the month must be 1-31, L or LW"),
        ("0 0 * 13 *", "UTC", "month must be 1-12 or JAN-DEC"),
        ("0 0 * * 8", "UTC", "day of the week must be 0-7 or SUN-SAT"),
        ("* * * *", "UTC", "needs five fields"),
        ("* * * * * *", "UTC", "needs five fields"),
        ("", "UTC", "needs five fields"),
        ("@hourly", "UTC", "needs five fields"),
        ("0 0 31 2 *", "UTC", "this never occurs"),
        ("0 0 */31 * 1#5", "UTC", "this never occurs"),
        ("0 0 1 * " + "1," * 100 + "1", "UTC", "more than 100 characters"),
        ("0 0 1 * " + "1" * 5000, "UTC", "more than 100 characters"),
        ("0 0 * * *", "Europe/Roma", "Unknown time zone 'Europe/Roma'; use one like Europe/Rome"),
        ("0 0 * * *", "../../etc/passwd", "Unknown time zone"),
        ("0 0 * * *", "", "Unknown time zone"),
    ],
)
def test_what_can_never_run_is_refused(cron: str, timezone: str, complaint: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(CronError, match=re.escape(complaint)):
        next_after(cron, timezone, moment)
    assert complaint in str(error_of(cron, timezone, moment))
    assert next_slots(cron, timezone, moment) == []


@pytest.mark.parametrize(
    ("cron", "english", "italian"),
    [
        ("* * * * *", "Every minute", "Ogni minuto"),
        ("0 * * * *", "Every hour", "Ogni ora"),
        ("*/15 * * * *", "Every 15 minutes", "Ogni 15 minuti"),
        ("0 */4 * * *", "Every 4 hours", "Ogni 4 ore"),
        ("5 * * * *", "Every hour at minute 5", "Ogni ora al minuto 5"),
        ("5,20,55 * * * *", "Every hour at minutes 5, 20 and 55", "Ogni ora ai minuti 5, 20 e 55"),
        ("0 5 * * 1-5", "At 05:00, Monday through Friday", "Alle 05:00, da lunedì a venerdì"),
        ("30 2 * JAN *", "At 02:30, only in January", "Alle 02:30, solo in gennaio"),
        (
            "0 6,18 * * 0,7",
            "At 06:00 and 18:00, only on Sunday",
            "Alle 06:00 e 18:00, solo di domenica",
        ),
        (
            "0 0 * * 1-3,5",
            "At 00:00, only on Monday, Tuesday, Wednesday and Friday",
            "Alle 00:00, solo di lunedì, martedì, mercoledì e venerdì",
        ),
        (
            "0 5 1-5,15 * *",
            "At 05:00, on days 1-5 and 15 of the month",
            "Alle 05:00, nei giorni 1-5 e 15 del mese",
        ),
        ("0 7 1 * *", "At 07:00, on day 1 of the month", "Alle 07:00, il giorno 1 del mese"),
        (
            "0 5 * 6-8 SUN",
            "At 05:00, only on Sunday, June through August",
            "Alle 05:00, solo di domenica, da giugno a agosto",
        ),
        (
            "0,30 8-18 * * 1-5",
            "Every 30 minutes from 08:00 through 18:30, Monday through Friday",
            "Ogni 30 minuti dalle 08:00 alle 18:30, da lunedì a venerdì",
        ),
    ],
)
def test_a_cron_expression_is_described_in_both_languages(
    cron: str, english: str, italian: str
) -> None:
    assert in_words(cron) == english
    assert in_words(cron, "it") == italian


def test_a_language_without_a_catalogue_gets_english_words() -> None:
    assert in_words("0 5 * * 1-5", "fr") == in_words("0 5 * * 1-5")
    assert in_words("0 5 * * 1-5", "it-ch") == in_words("0 5 * * 1-5", "it")


@pytest.mark.parametrize(
    "cron",
    [
        "", "soon", "61 * * * *", "0 5 * * FOO", "0 0 31 2 *",  # invalid
        "0 5 1 * 1-5", "0 5 13 * 5", "0 0 31 2 1-5", "0 0 */2 * 1", "0 5 */10 * 5",  # both days
        "0 5 1-31 * 5", "0 5 1 * 0-6",  # both without a star: every day
        "0 0 L * *", "0 0 LW * *", "0 0 * * 5L", "0 0 * * 1#2",
        "1,2,3,5,8,13,21 * * * *", "0 1,2,3,5,8,13 * * *", "0 0 1-30/3 * *",  # long
        "0 0 * 1,2,4,6,8,9,11 *",
    ],
)  # fmt: skip
def test_without_a_safe_description_the_expression_itself_is_given(cron: str) -> None:
    assert in_words(cron) == in_words(cron, "it") == cron


@pytest.mark.parametrize(
    ("cron", "reason"),
    [
        ("*/0 * * * *", "a step must be at least 1"),
        ("0 0 * * FRI-MON", "a range must ascend"),
        ("30-10 * * * *", "a range must ascend"),
        ("60 * * * *", "minute must be 0-59"),
    ],
)
def test_the_reason_names_what_is_wrong(cron: str, reason: str) -> None:
    with pytest.raises(CronError, match=reason):
        next_after(cron, "UTC", datetime(2027, 1, 1, tzinfo=UTC))
