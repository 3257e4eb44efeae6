"""The gate of the web server, without a network."""

import asyncio
from typing import Any

import pytest

from workflow_mirror.server import limits


class Transport:
    def __init__(self, host: str, port: int) -> None:
        self._peer = (host, port)
        self.is_aborted = False

    def get_extra_info(self, name: str) -> tuple[str, int]:
        assert name == "peername"
        return self._peer

    def abort(self) -> None:
        self.is_aborted = True


def enter(gate: limits.Gate, host: str, port: int) -> Transport:
    transport = Transport(host, port)
    gate.enter(transport)  # type: ignore[arg-type]  # what it needs of one
    return transport


def aborted(*transports: Transport) -> list[bool]:
    return [one.is_aborted for one in transports]


async def _the_longest_waiting_makes_room() -> None:
    gate = limits.Gate(8, [])
    first, second, third = (enter(gate, "10.0.0.1", port) for port in (1, 2, 3))
    assert aborted(first, second, third) == [True, False, False]
    with gate.responding(("10.0.0.1", 2)):
        fourth = enter(gate, "10.0.0.1", 4)
        assert aborted(second, third, fourth) == [False, True, False]
        with gate.responding(("10.0.0.1", 4)):
            # All of this address are being answered: there is no place, but for others there is.
            assert aborted(enter(gate, "10.0.0.1", 5), enter(gate, "10.0.0.2", 5)) == [True, False]
    gate.leave(second)  # type: ignore[arg-type]  # as above
    assert aborted(enter(gate, "10.0.0.1", 6), fourth) == [False, False]


async def _proxies_have_no_limit_of_their_own() -> None:
    gate = limits.Gate(8, ["10.0.0.0/24"])
    entered = [enter(gate, "10.0.0.1", port) for port in range(8)]
    assert not any(aborted(*entered))
    assert aborted(enter(gate, "10.0.0.1", 9), *entered) == [False, True] + [False] * 7


async def _a_client_that_takes_no_response_is_dropped() -> None:
    gate = limits.Gate(8, [])
    transport = enter(gate, "10.0.0.1", 1)
    sent: list[Any] = []

    async def application(_scope: Any, receive: Any, send: Any) -> None:
        sent.append(await receive())
        await send({"type": "http.response.start"})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(_message: Any) -> None:
        await asyncio.Event().wait()

    scope = {"type": "http", "client": ("10.0.0.1", 1), "headers": []}
    await limits.limited(application, gate)(scope, receive, send)
    assert sent == [{"type": "http.request", "body": b"x", "more_body": False}]
    assert transport.is_aborted


def test_the_connection_that_has_waited_longest_makes_room() -> None:
    asyncio.run(_the_longest_waiting_makes_room())


def test_trusted_proxies_have_no_limit_of_their_own() -> None:
    asyncio.run(_proxies_have_no_limit_of_their_own())


def test_a_client_that_takes_no_response_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "RESPONSE_SECONDS", 0.01)
    asyncio.run(_a_client_that_takes_no_response_is_dropped())
