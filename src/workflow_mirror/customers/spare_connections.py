"""Connections beside a thread's own: for what is committed by itself, in the middle of other work.

A sync's own connection holds the customer's lock and belongs to one thread; tokens are asked for
by any of them. To open a connection takes longer than all that is then done with it, so a few
stay open for the next caller.
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
    """A cursor in a transaction of its own, committed at the end; after an error it is not.

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
