"""When requests that take long count as a wait of the whole client."""

from datetime import UTC, datetime, timedelta

import pytest

from workflow_mirror.zuora.waits import LONG, Request, Waits


def begin(waits: Waits, seconds_ago: float) -> Request:
    request = waits.begin()
    request.began -= seconds_ago
    request.ends -= seconds_ago
    return request


def seconds_stuck(waits: Waits) -> float | None:
    until = waits.stuck_until()
    return None if until is None else (until - datetime.now(UTC)) / timedelta(seconds=1)


def test_without_requests_nothing_is_stuck() -> None:
    assert seconds_stuck(Waits(300)) is None


def test_requests_that_all_take_long_are_stuck_until_the_first_has_used_up_its_time() -> None:
    waits = Waits(300)
    begin(waits, 2 * LONG)
    begin(waits, 3 * LONG)

    assert seconds_stuck(waits) == pytest.approx(300 - 3 * LONG, abs=1)


def test_one_request_that_has_just_begun_means_that_work_goes_on() -> None:
    waits = Waits(300)
    long = begin(waits, 2 * LONG)
    new = begin(waits, 0)

    assert seconds_stuck(waits) is None
    waits.end(new)
    assert seconds_stuck(waits) is not None
    waits.end(long)
    assert seconds_stuck(waits) is None
