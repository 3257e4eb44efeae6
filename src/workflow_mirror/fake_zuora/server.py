"""Serves the fake over real HTTP from a thread of this process."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from workflow_mirror.fake_zuora.app import make_app
from workflow_mirror.fake_zuora.state import FakeZuora

STOP_SECONDS = 5


class _Protocol(H11Protocol):
    """uvicorn's protocol, extended so that the application can close its connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The fake has its own log; uvicorn's log belongs to the hosting process.
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Server:
    """A running fake."""

    def __init__(self, fake: FakeZuora, listener: socket.socket) -> None:
        self.fake = fake
        host, self.port = listener.getsockname()[:2]
        self.base_url = (
            f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
        )
        self._listener = listener
        self._ready = Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = Thread(target=self._run, name="fake-zuora", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """Close all connections, answered or not, and end the thread."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()  # a failed start must not hang; its traceback is printed

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        # Neither log_config nor log_level: uvicorn's loggers belong to the hosting process.
        config = uvicorn.Config(make_app(self.fake), log_config=None, lifespan="off", ws="none")
        config.load()
        state = ServerState()
        server = await self._loop.create_server(
            lambda: _Protocol(config=config, server_state=state, app_state={}),
            sock=self._listener,
            backlog=512,
        )
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for connection in list(state.connections):
            connection.transport.abort()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=1)


@contextmanager
def serve(fake: FakeZuora, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Serve `fake` while the block runs; port 0 takes a free one. See `Server.base_url`.

    Raises OSError at once if the address is in use.
    """
    server = Server(fake, listen(host, port))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is explicit because asyncio sets TCP_NODELAY only then: without TCP_NODELAY, the
    # head and the body of a response, two writes, are 40 ms apart.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(512)
    except OSError:
        listener.close()
        raise
    return listener
