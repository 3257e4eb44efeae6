"""The database of this process: embedded or given, reachable, new enough, migrated."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import django
import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import NotSupportedError, OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from workflow_mirror import environment, home
from workflow_mirror.embedded import EmbeddedPostgres, EmbeddedPostgresError
from workflow_mirror.errors import SafeError
from workflow_mirror.logs import configure, report_uncaught_errors

log = structlog.get_logger(__name__)

# An advisory lock. The locks of customers count from 1 in the lower bits.
MIGRATION_LOCK = 0x5A574D << 40


class DatabaseUnusableError(SafeError):
    """The database cannot be used; the message is one line for the user, without a password."""


def is_embedded() -> bool:
    return not os.environ.get("DATABASE_URL", "").strip()


@contextmanager
def ready(*, migrated: bool = True) -> Iterator[None]:
    """Secrets, database server and Django, for as long as the block runs.

    The embedded database is migrated on the way, since nobody else looks after it; a given one
    only on `zwm migrate`, since other hosts may be using it. Raises HomeError,
    EmbeddedPostgresError, DatabaseUnusableError, and ImproperlyConfigured or EnvError for a
    variable of the environment that cannot be used.
    """
    directory = home.data_directory()
    with ExitStack() as stack:
        if is_embedded():
            _make_home(directory)
        else:
            home.secrets(directory, os.environ, create=False)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "workflow_mirror.settings")
        configure(settings.LOGGING)  # reads all settings, and raises before anything is started
        report_uncaught_errors()
        for variable in environment.misspelt():
            log.warning("Unknown environment variable", variable=variable)
        if is_embedded():
            stack.enter_context(EmbeddedPostgres(directory))
        django.setup()
        stack.callback(connection.close)
        _check_server()
        if migrated:
            _ensure_migrated()
        yield


def migrate(*arguments: str) -> None:
    """Django's migrate. Of several processes at once, one does it and the others wait."""
    with _migrating():
        call_command("migrate", *arguments, interactive=False)


def revive() -> bool:
    """Start the embedded server again if it has died; False where it does not start.

    A given one is started by whoever runs it.
    """
    if not is_embedded():
        return True
    try:
        if EmbeddedPostgres(home.data_directory()).revive():
            log.warning("The database had died; it runs again")
    except EmbeddedPostgresError as error:
        log.error("The database has died and does not start", reason=str(error))  # noqa: TRY400 - the reason says it all
        return False
    return True


def first_line(error: Exception) -> str:
    """What PostgreSQL or libpq complains of; the lines below it can repeat data."""
    lines = [line.strip(" -\t") for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Multiple connection attempts"):
        return lines[-1]
    return lines[0] if lines else type(error).__name__


def _make_home(directory: Path) -> None:
    home.prepare(directory)
    home.secrets(directory, os.environ, create=True)


def _check_server() -> None:
    where = connection.settings_dict
    name = f"The database {where['NAME']} on {where['HOST'] or 'the local socket'}"
    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise DatabaseUnusableError(f"{name} cannot be reached: {first_line(error)}") from error
    except NotSupportedError as error:  # too old, says Django
        raise DatabaseUnusableError(f"{name} cannot be used: {first_line(error)}") from error


def _ensure_migrated() -> None:
    if not _lacks_migrations():
        return
    if not is_embedded():
        raise DatabaseUnusableError("The database has not the tables of this version: zwm migrate")
    with _migrating():
        if _lacks_migrations():  # still, after waiting for another process
            call_command("migrate", interactive=False, verbosity=0)


def _lacks_migrations() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _migrating() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        connection.close()  # gives the lock back, whatever state the connection is in
