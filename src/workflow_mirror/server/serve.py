"""Runs the web server in this process."""

import signal
import socket
from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import InternalError, connection, connections
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from workflow_mirror.asgi import application
from workflow_mirror.server import limits
from workflow_mirror.server.watch import Watch

LARGEST_POOL = 20  # connections of one web process
POOL_SECONDS = 10  # how long a request waits for a connection before it gets a 503
SHUTDOWN_SECONDS = 10


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def make_server() -> uvicorn.Server:
    """A server for the application; `run(sockets=[...])` ends on SIGINT, SIGTERM, `should_exit`.

    The database must be ready. Headers that state the client's address and the use of HTTPS are
    trusted only from the addresses in ZWM_TRUSTED_PROXIES. server/limits.py limits the clients.
    """
    with suppress(InternalError):  # the database is read-only; expired sessions are ignored anyway
        SessionStore.clear_expired()
    _share_connections()
    trusted = settings.ZWM_TRUSTED_PROXIES
    gate = limits.Gate(limits.most_connections(), trusted)
    handler: Any = application  # Django and uvicorn define different types for ASGI
    if trusted:
        handler = ProxyHeadersMiddleware(handler, trusted)
    return uvicorn.Server(
        uvicorn.Config(
            limits.limited(handler, gate),
            http=limits.protocol(gate),
            ws="none",
            backlog=limits.backlog(),
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,
            workers=1,  # otherwise uvicorn reads WEB_CONCURRENCY, which may have any value
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


def run(listening: socket.socket) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, and return after the last response."""
    server = make_server()
    # When it has ended, uvicorn raises the signal again for the previous handler.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, server.handle_exit)
    try:
        with Watch():
            server.run(sockets=[listening])
    finally:
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it


def _share_connections() -> None:
    """Pool connections: under ASGI each request runs in its own thread and would open a new one."""
    connection.close()
    database = connections.settings["default"]
    database["CONN_MAX_AGE"] = 0
    database["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": LARGEST_POOL,
        "timeout": POOL_SECONDS,
    }
