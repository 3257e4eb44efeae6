import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_mirror.zuora.throttle import Throttle, rate_limit_wait, retry_after


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def throttle(clock: Clock, at_once: int = 4) -> Throttle:
    return Throttle(at_once, now=clock.now, sleep=clock.sleep)


@pytest.mark.parametrize(
    ("text", "seconds"), [("120", 120), ("0", 0), ("1.5", 1.5), ("-3", 0), (" 7 ", 7)]
)
def test_retry_after_counts_seconds(text: str, seconds: float) -> None:
    assert retry_after({"Retry-After": text}) == seconds


def test_retry_after_may_be_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)

    assert retry_after({"Retry-After": format_datetime(later, usegmt=True)}) == pytest.approx(
        90, abs=2
    )
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 -0000"}) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "nan",
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999999999",
    ],
)
def test_nonsense_asks_for_no_wait(text: str) -> None:
    assert retry_after({"Retry-After": text}) is None


@settings(deadline=None)
@given(st.text())
def test_no_header_raises(text: str) -> None:
    for wait in (retry_after({"Retry-After": text}), rate_limit_wait({"RateLimit-Reset": text})):
        assert wait is None or wait >= 0


def test_a_rate_limit_says_when_it_resets() -> None:
    assert rate_limit_wait({"RateLimit-Reset": "600"}) == 600
    assert rate_limit_wait({"RateLimit-Reset": "600", "RateLimit-Remaining": "0"}) == 600
    assert rate_limit_wait({"RateLimit-Reset": "600, 3600;w=3600"}) == 600
    assert rate_limit_wait({"RateLimit-Reset": "600", "Retry-After": "5"}) == 5
    assert rate_limit_wait({}) is None


def test_a_reset_of_a_limit_that_is_not_reached_asks_for_no_wait() -> None:
    """A concurrency 429 carries the headers of the rate limit, like every other answer."""
    assert rate_limit_wait({"RateLimit-Reset": "3600", "RateLimit-Remaining": "4711"}) is None


def test_a_reset_is_no_wait_where_no_rate_limit_is_reached() -> None:
    assert retry_after({"RateLimit-Reset": "3600", "RateLimit-Remaining": "0"}) is None


def test_without_a_pause_nobody_waits(clock: Clock) -> None:
    with throttle(clock).slot():
        assert clock.slept == []


def test_a_slot_opens_after_the_pause(clock: Clock) -> None:
    paused = throttle(clock)
    paused.pause(30)

    with paused.slot():
        assert clock.time == 1030


def test_the_longest_of_several_pauses_counts(clock: Clock) -> None:
    paused = throttle(clock)
    for seconds in (30, 5, 40, 0):
        paused.pause(seconds)

    with paused.slot():
        assert clock.time == 1040


def test_a_pause_that_is_lengthened_while_somebody_waits_holds_for_him_too(clock: Clock) -> None:
    def lengthen(seconds: float) -> None:
        if not clock.slept:
            paused.pause(50)
        clock.sleep(seconds)

    paused = Throttle(4, now=clock.now, sleep=lengthen)
    paused.pause(30)

    with paused.slot():
        assert clock.slept == [30, 20]


def test_a_pause_holds_for_those_who_wait_for_a_slot() -> None:
    """Three threads queue behind the one request whose answer says: wait."""
    slept = threading.Semaphore(0)
    passed: list[int] = []
    clock = Clock()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        slept.release()

    only = Throttle(1, now=clock.now, sleep=sleep)
    threads = [threading.Thread(target=lambda: pass_through(only, passed)) for _ in range(3)]
    with only.slot():
        for thread in threads:
            thread.start()
        only.pause(30)
    for thread in threads:
        thread.join(5)

    assert len(passed) == 3
    assert sum(clock.slept) == 30


def pass_through(throttle: Throttle, passed: list[int]) -> None:
    with throttle.slot():
        passed.append(1)


def test_no_more_threads_than_slots_are_inside_at_once(clock: Clock) -> None:
    shared = throttle(clock, at_once=2)
    inside, both, go = threading.Semaphore(0), threading.Barrier(3), threading.Event()

    def enter() -> None:
        with shared.slot():
            inside.release()
            both.wait(5)
            go.wait(5)

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    both.wait(5)

    assert not shared._slots.acquire(blocking=False)
    go.set()
    for thread in threads:
        thread.join(5)
    assert shared._slots.acquire(blocking=False)


def test_a_slot_is_given_back_after_an_error(clock: Clock) -> None:
    one = throttle(clock, at_once=1)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError), one.slot():
            raise ZeroDivisionError


def test_a_pause_counts_as_far_as_it_has_come(clock: Clock) -> None:
    paused = throttle(clock)
    paused.pause(30)
    counted = [paused.seconds_paused]
    for seconds in (10, 10, 10, 10):
        clock.sleep(seconds)
        counted.append(paused.seconds_paused)

    assert counted == [0, 10, 20, 30, 30]


def test_pauses_that_overlap_count_each_moment_once(clock: Clock) -> None:
    paused = throttle(clock)
    paused.pause(30)
    clock.sleep(10)
    paused.pause(40)
    paused.pause(5)

    assert paused.seconds_to_wait == 40
    clock.sleep(100)
    assert paused.seconds_paused == 50

    paused.pause(20)
    clock.sleep(15)
    assert paused.seconds_paused == 65


def test_after_the_end_nothing_is_waited_for_or_counted(clock: Clock) -> None:
    paused = throttle(clock)
    paused.pause(30)
    clock.sleep(10)
    paused.end()
    paused.pause(60)
    clock.sleep(10)

    assert paused.seconds_paused == 10
    assert paused.seconds_to_wait == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_the_pauses_count_the_moments_in_which_a_slot_was_shut(
    steps: list[tuple[int, int]],
) -> None:
    clock = Clock()
    paused = throttle(clock)
    shut, open_at = 0, clock.time
    for pause, passing in steps:
        paused.pause(pause)
        open_at = max(open_at, clock.time + pause)
        for _ in range(passing):
            shut += clock.time < open_at
            clock.sleep(1)
        assert paused.seconds_paused == shut
