"""The database of this process: embedded or given, reachable, new enough, migrated."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from workflow_mirror import home
from workflow_mirror.embedded import EmbeddedPostgres
from workflow_mirror.logs import configure

OLDEST_POSTGRES = 15


class DatabaseUnusableError(Exception):
    """The database cannot be used; the message is one line for the user, without a password."""


def is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL")


@contextmanager
def ready(*, migrated: bool = True) -> Iterator[None]:
    """Secrets, database server and Django, for as long as the block runs.

    The embedded database is migrated on the way, since nobody else looks after it; a given one
    only on `zwm migrate`, since other hosts may be using it. Raises HomeError,
    EmbeddedPostgresError and DatabaseUnusableError.
    """
    directory = home.data_directory()
    home.prepare(directory)
    home.secrets(directory, os.environ, create=True)
    server = EmbeddedPostgres(directory) if is_embedded() else None
    if server:
        server.acquire()
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_mirror.settings")
        django.setup()
        configure(settings.LOGGING)
        _check_server()
        if migrated:
            _ensure_migrated()
        yield
    finally:
        connection.close()
        if server:
            server.release()


def _check_server() -> None:
    try:
        connection.ensure_connection()
    except OperationalError as error:
        where = connection.settings_dict
        # libpq's text can repeat the whole connection string; host and name say enough.
        raise DatabaseUnusableError(
            f"The database {where['NAME']} on {where['HOST'] or 'the local socket'}"
            f" cannot be reached: {_last_line(error)}"
        ) from error
    [version] = _select("SELECT current_setting('server_version_num')::int / 10000")
    if version < OLDEST_POSTGRES:
        raise DatabaseUnusableError(
            f"The database server is PostgreSQL {version}; {OLDEST_POSTGRES} or newer is needed"
        )


def _select(query: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return tuple(cursor.fetchone() or ())


def _ensure_migrated() -> None:
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if not is_embedded():
        raise DatabaseUnusableError("The database has not the tables of this version: zwm migrate")
    call_command("migrate", interactive=False, verbosity=0)


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
