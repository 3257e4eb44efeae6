"""What makes a PostgreSQL server of the tests quicker."""

import psycopg


def without_fsync(url: str) -> None:
    """Turns waiting for the disk off, for good. Only a crash of the whole machine loses what was
    committed, so a test may still kill the server.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
