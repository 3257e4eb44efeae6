"""Limits for clients of the web server: connections, time for a request, size of its body.

uvicorn waits forever for the rest of a request, and accepts any number of connections and a body of
any size, which Django writes to a temporary file before it looks who sends it.
"""

import asyncio
import ipaddress
import resource
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, InterfaceError, connection
from django.http import parse_cookie
from uvicorn.protocols.http.h11_impl import H11Protocol

from workflow_mirror.server.addresses import client_network

log = structlog.get_logger(__name__)

CONNECTIONS = 400  # of all clients; a quarter of them for one address
BACKLOG = 128  # connections that the system holds until the server accepts them
REQUEST_SECONDS = 30.0  # for a whole request, from the connection or the last response
RESPONSE_SECONDS = 60.0  # for a client to take the next part of a response
ANONYMOUS_BODY_BYTES = 64 * 1024  # a log-in has some hundred

type Client = tuple[str, int]
type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]
type Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class BodyTooLargeError(Exception):
    pass


def most_connections() -> int:
    """Half of the files that this process may open: the others are for the database and pages.

    At the limit of the system, asyncio logs an error for every connection that it cannot accept.
    """
    return min(CONNECTIONS, _most_files() // 2)


def backlog() -> int:
    """How many connections asyncio accepts at once, before it looks at any of them."""
    return min(BACKLOG, _most_files() // 8)


def _most_files() -> int:
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return soft if soft != resource.RLIM_INFINITY else 1 << 20


@dataclass
class _Place:
    """A connection. It waits for a request unless `responses` are being made."""

    transport: asyncio.Transport
    network: str
    responses: int = 0
    deadline: asyncio.TimerHandle | None = None


class Gate:
    """The connections of a server.

    A new one without a free place takes the place of the connection that has waited longest for its
    request, and is closed only while none waits: so slow clients keep nobody out. The addresses in
    `trusted` stand for many clients and have no limit of their own.
    """

    def __init__(self, most: int, trusted: list[str]) -> None:
        self._most = most
        self._trusted = [ipaddress.ip_network(one) for one in trusted]
        self._places: dict[Client, _Place] = {}  # longest waiting first

    def enter(self, transport: asyncio.Transport) -> None:
        client = _client(transport)
        place = _Place(transport, client_network(client[0]))
        if not self._has_room(place.network, is_trusted=self._is_trusted(client[0])):
            transport.abort()
            return
        self._places[client] = place
        self._wait(client, place)

    def leave(self, transport: asyncio.Transport) -> None:
        client = _client(transport)
        place = self._places.get(client)
        if place is not None and place.transport is transport:
            self._forget(client)

    @contextmanager
    def responding(self, client: Client) -> Iterator[None]:
        """The request is there: the connection keeps its place until the response is complete."""
        place = self._places.get(client)
        if place is None:
            yield
            return
        place.responses += 1
        if place.deadline:
            place.deadline.cancel()
        try:
            yield
        finally:
            place.responses -= 1
            if not place.responses and self._places.get(client) is place:
                self._places[client] = self._places.pop(client)
                self._wait(client, place)

    def end(self, client: Client) -> None:
        """Close the connection without waiting for the client."""
        place = self._forget(client)
        if place:
            place.transport.abort()

    def _has_room(self, network: str, *, is_trusted: bool) -> bool:
        places = self._places.items()
        same = [] if is_trusted else [one for one in places if one[1].network == network]
        if len(same) >= self._most // 4:
            candidates = same
        elif len(places) >= self._most:
            candidates = list(places)
        else:
            return True
        log.warning("Too many connections", address=network)
        for client, place in candidates:
            if not place.responses:
                self.end(client)
                return True
        return False

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ipaddress.ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False

    def _wait(self, client: Client, place: _Place) -> None:
        loop = asyncio.get_running_loop()
        place.deadline = loop.call_later(REQUEST_SECONDS, self.end, client)

    def _forget(self, client: Client) -> _Place | None:
        place = self._places.pop(client, None)
        if place and place.deadline:
            place.deadline.cancel()
        return place


def protocol(gate: Gate) -> type[asyncio.Protocol]:
    """For uvicorn's option `http`."""

    class LimitedProtocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
            super().connection_made(transport)
            gate.enter(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            gate.leave(self.transport)
            super().connection_lost(exc)

    return LimitedProtocol


def limited(application: Application, gate: Gate) -> Application:
    """The application, called when a whole request is there. Must be outermost: it knows a
    connection by the address of its client, which proxy headers replace.
    """

    async def call(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        try:
            body = await _whole_body(scope, receive)
        except BodyTooLargeError:
            log.warning("Request body too large", address=client_network(scope["client"][0]))
            await _refuse(send)
            return
        if body is None:
            return  # the client has disconnected

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(RESPONSE_SECONDS):
                    await send(message)
            except TimeoutError:
                gate.end(scope["client"])

        with gate.responding(scope["client"]):
            await application(scope, _again(body, receive), send_in_time)

    return call


async def _whole_body(scope: MutableMapping[str, Any], receive: Receive) -> bytes | None:
    """None if the client has disconnected. Raises BodyTooLargeError, early if possible."""
    announced = _number(_header(scope, b"content-length"))
    limit, body, is_complete = ANONYMOUS_BODY_BYTES, bytearray(), False
    while True:
        size = max(announced, len(body))
        if limit < size and await _is_logged_in(_header(scope, b"cookie")):
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        if limit < size:
            raise BodyTooLargeError
        if is_complete:
            return bytes(body)
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        is_complete = not message.get("more_body", False)


def _again(body: bytes, receive: Receive) -> Receive:
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return messages.pop() if messages else await receive()

    return receive_again


async def _refuse(send: Send) -> None:
    text = b"Request body too large"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@sync_to_async
def _is_logged_in(cookies: str) -> bool:
    key = parse_cookie(cookies).get(settings.SESSION_COOKIE_NAME)
    try:
        return key is not None and SESSION_KEY in SessionStore(key)
    except (DatabaseError, InterfaceError):
        return False
    finally:
        connection.close()


def _header(scope: MutableMapping[str, Any], name: bytes) -> str:
    found: list[bytes] = [value for key, value in scope["headers"] if key == name]
    return found[0].decode("latin-1") if found else ""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _client(transport: asyncio.Transport) -> Client:
    host, port = transport.get_extra_info("peername")[:2]
    return str(host), int(port)
