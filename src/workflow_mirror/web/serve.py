"""Running the web server in this process."""

import socket
from contextlib import suppress

import uvicorn
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import InternalError, connection, connections

LARGEST_POOL = 20  # connections of one web process
POOL_SECONDS = 10  # how long a request waits for one; then it is answered with 503
SHUTDOWN_SECONDS = 10


def listen(host: str, port: int) -> socket.socket:
    """A socket to serve on; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def make_server() -> uvicorn.Server:
    """A server of the application; `run(sockets=[...])` ends on SIGINT, SIGTERM, `should_exit`.

    The database must be ready. Only the addresses in ZWM_TRUSTED_PROXIES may tell by headers who
    the client is and whether it came by https.
    """
    with suppress(InternalError):  # the database is read-only; expired sessions are ignored anyway
        SessionStore.clear_expired()
    _share_connections()
    return uvicorn.Server(
        uvicorn.Config(
            "workflow_mirror.asgi:application",
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=bool(settings.ZWM_TRUSTED_PROXIES),
            forwarded_allow_ips=settings.ZWM_TRUSTED_PROXIES,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
    )


def run(listening: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, which is passed on after the last answer."""
    server = make_server()
    try:
        server.run(sockets=[listening])
    finally:
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it


def _share_connections() -> None:
    """Under ASGI each request has a thread of its own, and would open a connection of its own."""
    connection.close()
    database = connections.settings["default"]
    database["CONN_MAX_AGE"] = 0
    database["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": LARGEST_POOL,
        "timeout": POOL_SECONDS,
    }
