"""Connections in addition to a thread's own, for separate commits in the middle of other work.

A sync's own connection holds the customer's lock and belongs to one thread, but any thread may
request a token. Opening a connection takes longer than its use, so a few stay open for the next
caller.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

MOST_IDLE = 4

_idle: deque[BaseDatabaseWrapper] = deque()


@contextmanager
def spare_cursor() -> Iterator[CursorWrapper]:
    """A cursor in a separate transaction, committed at the end, or rolled back after an error.

    The commit does not wait for the disk: a crash may forget it.
    """
    spare = _take()
    try:
        with spare.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
            yield cursor
        spare.commit()
    except BaseException:
        spare.close()
        raise
    _give_back(spare)


def _take() -> BaseDatabaseWrapper:
    while True:
        try:
            spare = _idle.pop()
        except IndexError:
            return _open()
        if spare.is_usable():  # the server may have been restarted since
            return spare
        spare.close()


def _open() -> BaseDatabaseWrapper:
    spare = connection.copy()
    spare.inc_thread_sharing()  # one thread at a time, but not always the same
    spare.set_autocommit(False)
    return spare


def _give_back(spare: BaseDatabaseWrapper) -> None:
    if len(_idle) < MOST_IDLE:
        _idle.append(spare)
    else:
        spare.close()
