"""One sync of a customer at a time, on all hosts and for all callers.

The lock is a PostgreSQL advisory lock on the connection that writes the mirror. If the connection
is lost (killed process, restarted server, cut cable), lock and writes end together. So a sync that
lost its lock can never write at the same time as its successor.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.errors import AlreadySyncingError, LostLockError

# Separates these keys from other uses of advisory locks in the same database.
NAMESPACE = 0x5A574D

# While the lock is held, commits do not wait for the disk. If the database crashes, it may lose the
# latest commits, each as a whole and in order: the next sync finds what is missing. The commit that
# later records the sync as done waits for the disk again, and so for all commits before it.
# On release, the session's own value is restored, which the server or the role may have set.
_TAKE = """
SELECT configured, CASE WHEN took THEN set_config('synchronous_commit', 'off', false) END
FROM (SELECT pg_try_advisory_lock(%s) AS took, current_setting('synchronous_commit') AS configured
    OFFSET 0) AS taken
"""
_GIVE_BACK = "SELECT pg_advisory_unlock(%s), set_config('synchronous_commit', %s, false)"


@contextmanager
def customer_lock(customer: Customer) -> Iterator[Callable[[], None]]:
    """Hold the customer's lock; yields a check to call before each write.

    The check raises LostLockError if the connection is no longer the one that took the lock.
    Raises AlreadySyncingError at once if another sync holds the lock.
    """
    key = NAMESPACE << 40 | customer.pk
    configured, took = _execute(_TAKE, key)
    if not took:
        raise AlreadySyncingError(customer.name)
    holder = connection.connection

    def check() -> None:
        if connection.connection is not holder or holder.closed:
            raise LostLockError

    try:
        yield check
    finally:
        if connection.connection is holder and not holder.closed:
            _execute(_GIVE_BACK, key, configured)


def _execute(sql: str, *values: int | str) -> tuple[str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        first, second = cursor.fetchone()
    return first, second
