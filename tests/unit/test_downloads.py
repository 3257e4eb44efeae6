"""Promises 7 and 8: few requests at once, and few results waiting."""

import threading
import time
from collections.abc import Callable

import pytest

from workflow_mirror.downloads import MOST_TAKEN, MOST_WAITING, Downloads


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_results_come_as_they_are_and_errors_are_handed_on() -> None:
    def halve(number: int) -> int:
        if number % 2:
            raise ValueError(number)
        return number // 2

    outcomes = dict[int, int | Exception]()
    with Downloads(2, halve) as downloads:
        for number in range(4):
            downloads.submit(number)
        while downloads.pending:
            outcomes |= {done.item: done.outcome for done in downloads.take(10)}

    assert (outcomes[0], outcomes[2]) == (0, 1)
    assert isinstance(outcomes[1], ValueError)
    assert isinstance(outcomes[3], ValueError)


def test_never_more_than_asked_for_are_taken_at_once() -> None:
    with Downloads(1, str) as downloads:
        for number in range(5):
            downloads.submit(number)
        wait_until(lambda: downloads._done.qsize() == 5)

        assert [len(downloads.take(2)) for _ in range(3)] == [2, 2, 1]
        assert downloads.take(2) == []


def test_work_not_begun_is_dropped_on_the_way_out() -> None:
    begun, go_on = list[int](), threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        go_on.wait()

    with Downloads(2, work) as downloads:
        for number in range(10):
            downloads.submit(number)
        wait_until(lambda: len(begun) == 2)
        threading.Timer(0.05, go_on.set).start()

    assert len(begun) == 2
    assert not any(thread.is_alive() for thread in downloads._threads)


def test_an_error_gives_up_and_a_good_end_does_not() -> None:
    given_up = list[str]()
    with Downloads(1, str, lambda: given_up.append("after a good end")):
        pass
    with pytest.raises(ValueError), Downloads(1, str, lambda: given_up.append("after an error")):  # noqa: PT011 - any error
        raise ValueError

    assert given_up == ["after an error"]


def test_ctrl_c_waits_for_no_thread() -> None:
    go_on = threading.Event()
    downloads = Downloads[int, bool](1, lambda _: go_on.wait())
    began = time.monotonic()

    downloads.submit(1)
    with pytest.raises(KeyboardInterrupt), downloads:
        raise KeyboardInterrupt

    assert time.monotonic() - began < 1
    assert all(thread.daemon for thread in downloads._threads)
    go_on.set()


def test_no_work_is_begun_while_large_results_wait() -> None:
    with Downloads[int, int](1, lambda _: MOST_WAITING // 2, weigh=int) as downloads:
        for number in range(10):
            downloads.submit(number)
        wait_until(lambda: downloads._done.qsize() == 2)
        time.sleep(0.05)
        assert downloads._done.qsize() == 2

        taken = 0
        while downloads.pending:
            taken += len(downloads.take(25))
        assert taken == 10


def test_large_results_are_taken_few_at_a_time() -> None:
    with Downloads[int, int](1, lambda _: MOST_TAKEN // 2, weigh=int) as downloads:
        for number in range(4):
            downloads.submit(number)
        wait_until(lambda: downloads._done.qsize() == 4)

        assert [len(downloads.take(25)) for _ in range(2)] == [2, 2]


def test_threads_that_wait_for_room_end_with_the_others() -> None:
    with Downloads[int, int](2, lambda _: MOST_WAITING, weigh=int) as downloads:
        for number in range(10):
            downloads.submit(number)
        wait_until(lambda: downloads._done.qsize() > 0)

    assert not any(thread.is_alive() for thread in downloads._threads)


def test_what_is_done_soon_after_the_first_is_taken_with_it() -> None:
    def work(item: int) -> None:
        time.sleep(item / 50)

    with Downloads(4, work) as downloads:
        for item in range(4):
            downloads.submit(item)

        assert len(downloads.take(25, seconds_to_gather=5)) == 4


def test_gathering_ends_in_time() -> None:
    release = threading.Event()

    def work(item: int) -> None:
        if item == 0:
            release.wait(10)

    with Downloads(2, work) as downloads:
        for item in range(2):
            downloads.submit(item)

        assert [done.item for done in downloads.take(25, seconds_to_gather=0.1)] == [1]
        release.set()
        assert [done.item for done in downloads.take(25)] == [0]
