"""`give_up`, called from outside, ends every wait of every thread; and waits can be seen."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.zuora.raw_server import (
    HANGING,
    Hanging,
    answering,
    client_of,
    raw_server,
    silent,
)
from workflow_mirror.zuora import waits
from workflow_mirror.zuora.auth import MemoryTokenStore
from workflow_mirror.zuora.client import AnswerLimits, RetryPolicy, ZuoraClient
from workflow_mirror.zuora.errors import GivenUpError, UnreachableError

# A second is promised; the old waits would have lasted for half a minute and more.
SOON = 5.0
LONG_WAITS = RetryPolicy(first_wait=60, longest_backoff=60)

type Call = Callable[[ZuoraClient], Any]


def export(client: ZuoraClient) -> Any:
    return client.export_workflow("1")


@contextmanager
def waiting_threads(client: ZuoraClient, call: Call = export, threads: int = 6) -> Iterator[None]:
    """Threads that wait in the client while the block runs, and have to end soon after it."""
    with ThreadPoolExecutor(threads) as pool:
        calls = [pool.submit(call, client) for _ in range(threads)]
        try:
            time.sleep(0.5)
            assert not any(one.done() for one in calls)
            yield
            until = time.monotonic() + SOON
            errors = [one.exception(until - time.monotonic()) for one in calls]
        finally:
            client.give_up()  # or a test that fails would wait as long as the threads do
    for error in errors:
        assert isinstance(error, GivenUpError)
        assert isinstance(error, UnreachableError)
        assert "this client has given up" in str(error)


@pytest.mark.parametrize("end", [ZuoraClient.give_up, ZuoraClient.close])
@pytest.mark.parametrize("hanging", HANGING.values(), ids=HANGING)
def test_requests_on_their_way_end(hanging: Hanging, end: Callable[[ZuoraClient], None]) -> None:
    """Four of the six threads are on their way, two wait for a place."""
    with hanging() as url, client_of(url) as client, waiting_threads(client):
        end(client)


def test_a_pause_ends() -> None:
    with raw_server(silent) as url, client_of(url) as client:
        client.throttle.pause(60)
        with waiting_threads(client):
            client.give_up()

        assert client.requests == 0


@pytest.mark.parametrize("header", [b"", b"Retry-After: 60\r\n"])
def test_a_wait_before_another_try_ends(header: bytes) -> None:
    answer = b"HTTP/1.1 503 Service Unavailable\r\n" + header + b"Content-Length: 0\r\n\r\n"
    with raw_server(answering(answer)) as url, client_of(url, retry=LONG_WAITS) as client:
        with waiting_threads(client):
            client.give_up()

        assert client.requests <= 6


def test_a_wait_for_the_turn_of_a_token_call_ends() -> None:
    options = {"tokens": MemoryTokenStore(), "token_pace": lambda: 60.0, "retry": LONG_WAITS}
    with raw_server(silent) as url, client_of(url, **options) as client:
        with waiting_threads(client):
            client.give_up()

        assert client.requests == 0


def test_a_wait_for_the_token_of_another_client_ends() -> None:
    tokens = MemoryTokenStore()
    with (
        raw_server(silent) as url,
        client_of(url, tokens=tokens) as other,
        client_of(url, tokens=tokens) as client,
        waiting_threads(other, threads=1),
    ):
        with waiting_threads(client):
            client.give_up()
        assert client.requests == 0
        other.give_up()


def test_nothing_is_asked_once_a_client_has_given_up() -> None:
    with raw_server(silent) as url, client_of(url) as client:
        client.give_up()
        with pytest.raises(GivenUpError, match=r"export workflow.*given up"):
            client.export_workflow("1")

        assert client.requests == 0


# What can be seen of a wait.


def seconds_to_wait(client: ZuoraClient) -> float:
    deadline = time.monotonic() + SOON
    while (moment := client.waiting_until) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert moment is not None
    assert moment.tzinfo is UTC
    return (moment - datetime.now(UTC)) / timedelta(seconds=1)


def test_a_client_that_does_nothing_waits_for_nothing() -> None:
    with raw_server(silent) as url, client_of(url) as client:
        assert client.waiting_until is None


def test_a_pause_says_until_when_it_lasts() -> None:
    with raw_server(silent) as url, client_of(url) as client:
        client.throttle.pause(60)

        assert seconds_to_wait(client) == pytest.approx(60, abs=2)

        client.give_up()
        assert client.waiting_until is None


def test_a_retry_after_and_the_turn_of_a_token_call_say_until_when_they_last() -> None:
    refusal = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    with raw_server(answering(refusal)) as url:
        for options in ({}, {"tokens": MemoryTokenStore(), "token_pace": lambda: 60.0}):
            with client_of(url, retry=LONG_WAITS, **options) as client, waiting_threads(client):
                assert seconds_to_wait(client) == pytest.approx(60, abs=5)
                client.give_up()


@pytest.mark.parametrize("hanging", HANGING.values(), ids=HANGING)
def test_a_request_without_an_answer_says_until_when_it_may_take(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "LONG", 0.2)
    with (
        hanging() as url,
        client_of(url, limits=AnswerLimits(seconds=100)) as client,
        waiting_threads(client),
    ):
        assert seconds_to_wait(client) == pytest.approx(100, abs=10)
        client.give_up()


def test_a_request_that_takes_only_seconds_is_work_and_no_wait() -> None:
    with raw_server(silent) as url, client_of(url) as client, waiting_threads(client):
        assert client.waiting_until is None
        client.give_up()


def test_a_pause_that_is_cut_short_counts_as_long_as_it_lasted() -> None:
    with raw_server(silent) as url, client_of(url) as client:
        client.throttle.pause(60)
        began = time.monotonic()
        with waiting_threads(client):
            assert 0.4 <= client.throttle.seconds_paused <= time.monotonic() - began + 1
            client.give_up()
        counted = client.throttle.seconds_paused
        client.throttle.pause(60)
        time.sleep(0.1)

        assert client.throttle.seconds_paused == counted < 30
