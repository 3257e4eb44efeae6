"""For tests of what waits for a lock of the database."""

from django.db import connection


def lock_waits() -> int:
    """How many locks are waited for now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        [number] = cursor.fetchone()
    return int(number)
