"""The slots that freshness remembers are those that a new look at the calendar gives."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflow_mirror.schedules import cron, freshness
from workflow_mirror.schedules.errors import CronError
from workflow_mirror.schedules.freshness import last_slots

ROME = "Europe/Rome"
APRIL = datetime(2026, 3, 31, 22, tzinfo=UTC)  # begins in Rome
AUTUMN = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # in Rome the hour from 2:00 is repeated
MIDNIGHTS = st.sampled_from(
    [
        datetime(2026, 3, 27, 23, tzinfo=UTC),  # the clock of Rome changes two nights later
        datetime(2026, 3, 30, 22, tzinfo=UTC),
        datetime(2026, 10, 23, 22, tzinfo=UTC),  # here, too
        datetime(2026, 12, 31, 23, tzinfo=UTC),
    ]
)
QUARTERS = st.integers(0, 4 * 48).map(lambda number: number * timedelta(minutes=15))
BESIDE_A_SLOT = st.sampled_from([timedelta.resolution * number for number in (-1, 0, 1, 10**7)])
MOMENTS = st.builds(
    lambda *parts: parts[0] + parts[1] + parts[2], MIDNIGHTS, QUARTERS, BESIDE_A_SLOT
)
EXPRESSIONS = st.sampled_from(
    ["0 * * * *", "*/15 * * * *", "30 2 * * *", "0 5 * * 1-5", "0 0 1 * *", "15 1,3 * * SUN"]
)


# Looked at first in the repeated hour, and then before it.
@example([("30 2 * * *", AUTUMN + timedelta(minutes=70)), ("30 2 * * *", AUTUMN)])
@example([("0 0 1 * *", APRIL), ("0 0 1 * *", APRIL + timedelta.resolution)])
@given(st.lists(st.tuples(EXPRESSIONS, MOMENTS), min_size=1, max_size=12))
def test_what_is_remembered_is_what_the_calendar_gives(looks: list[tuple[str, datetime]]) -> None:
    for expression, moment in looks:
        assert last_slots(expression, ROME, moment) == cron.slots_before(
            expression, ROME, moment, 3
        )


@given(EXPRESSIONS, MOMENTS)
def test_the_slots_before_a_moment_are_those_that_come_until_then(
    expression: str, moment: datetime
) -> None:
    before = cron.slots_before(expression, ROME, moment, 3)
    coming = cron.slots(expression, ROME, before[-1] - timedelta.resolution)
    assert list(takewhile(lambda slot: slot < moment, coming)) == before[::-1]


def test_the_calendar_is_not_walked_again_before_the_next_slot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noon = datetime(2026, 11, 27, 12, 10, tzinfo=UTC)
    found = last_slots("0 * * * *", "UTC", noon)
    monkeypatch.setattr(cron, "slots_before", lambda *_: pytest.fail("walked again"))
    assert last_slots("0 * * * *", "UTC", noon + timedelta(minutes=50)) == found
    with pytest.raises(pytest.fail.Exception):
        last_slots("0 * * * *", "UTC", noon + timedelta(minutes=51))


def test_what_is_remembered_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness, "MOST_REMEMBERED", 3)
    for minute in range(9):
        last_slots(f"{minute} * * * *", "UTC", datetime(2026, 11, 27, tzinfo=UTC))
    assert 0 < len(freshness._remembered) <= 3


def test_an_invalid_expression_is_an_error_each_time() -> None:
    for _ in range(2):
        with pytest.raises(CronError):
            last_slots("61 * * * *", "UTC", datetime(2026, 11, 27, tzinfo=UTC))
