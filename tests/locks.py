"""Tests of what waits for a lock of the database."""

import time

from django.db import connection

SECONDS = 20
WAITING = """
SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock')
"""


def wait_for_a_wait() -> None:
    """Until a connection to this database waits for a lock."""
    deadline = time.monotonic() + SECONDS
    while not _is_one_waiting():
        assert time.monotonic() < deadline, "nothing waits for a lock"
        time.sleep(0.01)


def _is_one_waiting() -> bool:
    with connection.cursor() as cursor:
        # A transaction sees the activity of its beginning.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])
