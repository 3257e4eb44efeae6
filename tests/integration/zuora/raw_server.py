"""A server that does with a connection whatever a test wants, and a client that asks it."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from workflow_mirror.zuora.auth import TenantAccess, Token
from workflow_mirror.zuora.client import RetryPolicy, ZuoraClient
from workflow_mirror.zuora.regions import HostPolicy

ONCE = RetryPolicy(attempts=1)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EXPORT = b'{"workflow": {}, "tasks": []}'

type Talk = Callable[[socket.socket], None]


class GivenToken:
    """A token store that needs no token call."""

    def obtain(self, *_: object) -> Token:
        return Token("t0ken", datetime.now(UTC) + timedelta(hours=1))


@contextmanager
def raw_server(talk: Talk) -> Iterator[str]:
    """The base URL of a server that hands each connection to `talk`, in a thread of its own."""

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            talk(connection)

    def listen() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=listen, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)


@contextmanager
def client_of(base_url: str, **options: Any) -> Iterator[ZuoraClient]:
    options = {"tokens": GivenToken(), "retry": ONCE, **options}
    access = TenantAccess(base_url, "id", "s3cret")
    with ZuoraClient(access, hosts=HostPolicy(allow_local=True), **options) as client:
        yield client


def answering(*parts: bytes, pause: float = 0) -> Talk:
    """Reads one request and sends the parts, with pauses between them."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)

    return talk


def with_length(body: bytes, *, status: bytes = b"200 OK", packed: bool = False) -> bytes:
    encoding = b"Content-Encoding: gzip\r\n" if packed else b""
    head = b"HTTP/1.1 " + status + b"\r\n" + encoding
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def silent(connection: socket.socket) -> None:
    """Reads whatever comes, and never says a word."""
    while connection.recv(65536):
        pass


def dripping(head: bytes, drop: bytes) -> Talk:
    """Sends `head`, then `drop` ten times a second for a minute."""

    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(head)
        for _ in range(600):
            connection.sendall(drop)
            time.sleep(0.1)

    return talk


dripping_header = dripping(OK, b"X-Drop: 1\r\n")
dripping_body = dripping(OK + b"Content-Length: 1000000\r\n\r\n", b" ")


@contextmanager
def full_backlog() -> Iterator[str]:
    """A port that no connection gets through to: those before are never accepted."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        before = [socket.socket() for _ in range(4)]
        for one in before:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"
        for one in before:
            one.close()


@contextmanager
def tls_that_hangs() -> Iterator[str]:
    with raw_server(silent) as url:
        yield url.replace("http:", "https:")


@contextmanager
def tls_that_drips() -> Iterator[str]:
    # A record of a server's handshake that is announced as long, and never ends.
    with raw_server(dripping(b"\x16\x03\x03\x40\x00", b"\x02")) as url:
        yield url.replace("http:", "https:")


type Hanging = Callable[[], AbstractContextManager[str]]

# Servers that leave a request waiting, each at another place: before there is a connection, which
# cannot be interrupted, and after.
CONNECTING: dict[str, Hanging] = {
    "connect": full_backlog,
    "TLS handshake": tls_that_hangs,
    "dripping TLS handshake": tls_that_drips,
}
HANGING: dict[str, Hanging] = {
    "no answer": partial(raw_server, silent),
    "dripping header": partial(raw_server, dripping_header),
    "dripping body": partial(raw_server, dripping_body),
    "dripping body without end": partial(
        raw_server, dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n")
    ),
}
