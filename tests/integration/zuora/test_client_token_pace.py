"""Token calls are made when `token_pace` gives them their turn."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.zuora.conftest import Connect
from workflow_mirror.fake_zuora import FakeZuora, Tenant
from workflow_mirror.zuora.client import RetryPolicy
from workflow_mirror.zuora.errors import RateLimitedError, UnreachableError


def pace_of(*waits: float) -> Callable[[], float]:
    """The turn comes after these waits."""
    left = [*waits, 0]
    return lambda: left.pop(0)


def test_a_token_call_waits_for_its_turn_and_the_seconds_are_counted(
    connect: Connect, fake: FakeZuora
) -> None:
    client = connect(token_pace=pace_of(0.1, 0.2))

    began = time.monotonic()
    client.authenticate()

    assert time.monotonic() - began >= 0.3
    assert client.throttle.seconds_paused == pytest.approx(0.3, abs=0.05)
    assert client.requests == len(fake.requests.of("token")) == 1


def test_every_token_call_asks_for_a_turn_and_no_other_call_does(
    connect: Connect, fake: FakeZuora, tenant: Tenant
) -> None:
    turns = list[None]()

    def count() -> float:
        turns.append(None)
        return 0

    client = connect(token_pace=count)

    client.list_page(1)
    client.list_page(1)
    fake.expire_tokens(tenant)
    client.list_page(1)

    assert len(turns) == len(fake.requests.of("token")) == 2


def test_a_client_that_gives_up_waits_no_longer(connect: Connect, fake: FakeZuora) -> None:
    asked = threading.Event()

    def never() -> float:
        asked.set()
        return 60

    client = connect(token_pace=never, retry=RetryPolicy())
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(client.authenticate)
        asked.wait(5)
        client.give_up()

        with pytest.raises(UnreachableError, match="given up"):
            waiting.result(timeout=5)

    assert not fake.requests.of("token")


def test_a_turn_that_does_not_come_in_time_is_a_rate_limit(
    connect: Connect, fake: FakeZuora
) -> None:
    client = connect(token_pace=lambda: 5, retry=RetryPolicy(attempts=1, longest_wait=2))

    with pytest.raises(RateLimitedError, match="too many token calls of this host"):
        client.authenticate()

    assert not fake.requests.of("token")
