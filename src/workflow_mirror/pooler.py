"""Detects a connection pooler that hands out connections for one transaction only.

Locks, settings and notifications of a session would pass to the next user of the server's
connection: a customer stays locked, and `zwm migrate` waits for itself.
"""

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

ROUNDS = 3


def shares_connections() -> bool:
    """Whether what we are connected to changes server connections between our transactions.

    A server names the process that serves a connection when the connection is made. A pooler
    (PgBouncer, PgCat, Odyssey, ...) gives a number of its own there, so this ends after one
    statement where PostgreSQL itself answers. Behind a pooler True is proven: two open connections
    had the same server process, or one had two. False is as good as proven while the pool is idle,
    since a pooler gives out again what was used last; where it is busy, all rounds must have met
    the same processes by chance.
    """
    if _server_process(connection) == connection.connection.info.backend_pid:
        return False
    second = connection.copy()
    try:
        return any(_shares_with(second) for _ in range(ROUNDS))
    finally:
        second.close()


def _shares_with(second: BaseDatabaseWrapper) -> bool:
    before = _server_process(connection)
    second.ensure_connection()
    second.set_autocommit(False)
    # The second one holds on to its server connection until the rollback.
    shares = _server_process(second) == before or _server_process(connection) != before
    second.rollback()
    second.set_autocommit(True)
    return shares


def _server_process(database: BaseDatabaseWrapper) -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
