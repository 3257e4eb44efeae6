"""The database of this process, embedded or external: reachable, new enough, migrated."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import django
import psycopg
import structlog
from django.conf import settings
from django.core.management import call_command, load_command_class
from django.db import NotSupportedError, OperationalError, connection

from workflow_mirror import embedded, environment, home
from workflow_mirror.embedded import EmbeddedPostgres, EmbeddedPostgresError
from workflow_mirror.error_texts import error_text
from workflow_mirror.errors import SafeError
from workflow_mirror.logs import configure, report_uncaught_errors
from workflow_mirror.pooler import shares_connections
from workflow_mirror.schema import Loss, Schema, Step, is_current
from workflow_mirror.secret_variables import secret

log = structlog.get_logger(__name__)

# An advisory lock, which backups share. The locks of customers count from 1 in the lower bits.
MIGRATION_LOCK = 0x5A574D << 40
ENCODING = "UTF8"
CREATE_IT = f"create it with ENCODING '{ENCODING}' TEMPLATE template0"
COPIES = "backups"  # in the data directory
COPIES_KEPT = 3


class DatabaseUnusableError(SafeError):
    """The database cannot be used; the message is one line for the user, without a password."""


def is_embedded() -> bool:
    return not secret("DATABASE_URL")


@contextmanager
def ready(*, migrated: bool = True, known: bool = True) -> Iterator[None]:
    """Provide secrets, the database server and Django while the block runs.

    A new embedded database gets its tables here; a database with rows is migrated only by
    `migrate`, so that the operator decides about upgrades. Without `migrated` the tables may be
    those of an older version, without `known` also those of a newer one. Raises HomeError,
    EmbeddedPostgresError, DatabaseUnusableError, and ImproperlyConfigured for an
    invalid environment variable.
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
        _check_schema(migrated=migrated, known=known)
        yield


def migrate(*arguments: str, copy: bool = True) -> None:
    """Run Django's migrate. If several processes call it, one migrates and the others wait.

    If existing rows may change, the embedded database is backed up first, unless `copy` is False.
    Raises EmbeddedPostgresError if the backup fails; then nothing is migrated.
    """
    with migrating():
        schema = Schema()
        plan = schema.plan(*_target(arguments))
        if copy and is_embedded() and not schema.is_new and schema.changes_rows(plan):
            log.info("The database is copied before it is migrated", file=str(_copy()))
        call_command("migrate", *arguments, interactive=False)


def plan(*arguments: str) -> list[Step]:
    """What `migrate` with these arguments would do, in order.

    Raises Django's CommandError for invalid arguments.
    """
    schema = Schema()
    return schema.steps(schema.plan(*_target(arguments)))


def losses(*arguments: str) -> list[Loss]:
    """What `migrate` with these arguments would delete.

    Raises Django's CommandError for invalid arguments.
    """
    schema = Schema()
    return schema.losses(schema.plan(*_target(arguments)))


def restore(file: Path) -> None:
    """Replace the embedded database with a backup made by `migrate`, in full or not at all.

    Raises EmbeddedPostgresError if the backup cannot be read or the database is in use.
    """
    connection.close()
    embedded.restore(EmbeddedPostgres(home.data_directory()).url, file)


def revive() -> bool:
    """Restart the embedded server if it has died; False if it does not start.

    An external server is not started here.
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


def _make_home(directory: Path) -> None:
    home.prepare(directory)
    # The secrets of a backup that is being restored have yet to come.
    create = not home.unfinished(directory).exists()
    try:
        home.secrets(directory, os.environ, create=create)
    except home.HomeError:
        _refuse_unfinished()
        raise


def _reason(error: Exception) -> str:
    return error_text(error).removeprefix("Database error: ")


def _check_server() -> None:
    where = connection.settings_dict
    name = f"The database {where['NAME']} on {where['HOST'] or 'the local socket'}"
    try:
        connection.ensure_connection()
    except OperationalError as error:
        said = f"{name} cannot be reached: {_reason(error)}"
        if "FATAL:" not in said:  # with FATAL, the server itself answered and gave the reason
            said += ". Check that it is running, and DATABASE_URL"
        raise DatabaseUnusableError(said) from error
    except NotSupportedError as error:  # too old, says Django
        raise DatabaseUnusableError(f"{name} cannot be used: {error}") from error
    if encoding := other_encoding(connection.connection.info):
        raise DatabaseUnusableError(
            f"{name} has the encoding {encoding}, which cannot store every name: {CREATE_IT}"
        )
    if shares_connections():
        raise DatabaseUnusableError(
            f"{name} is reached through a connection pooler in transaction mode, which would leave"
            " locks behind: set its pool mode to session, or connect to PostgreSQL itself"
        )


def other_encoding(server: psycopg.ConnectionInfo) -> str | None:
    """The encoding of a database that cannot store every name; None for a good one."""
    encoding = server.parameter_status("server_encoding")  # a pooler may not pass it on
    return None if encoding == ENCODING else encoding


def _copy() -> Path:
    """Back up the embedded database; only the newest backups are kept."""
    directory = home.data_directory() / COPIES
    file = directory / f"before-migrating-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.dump"
    embedded.dump(EmbeddedPostgres(home.data_directory()).url, file)
    for old in sorted(directory.glob("before-migrating-*.dump"))[:-COPIES_KEPT]:
        old.unlink()
    return file


def _target(arguments: Sequence[str]) -> tuple[str | None, str | None]:
    """The app and the migration in the arguments of Django's command."""
    parser = load_command_class("django.core", "migrate").create_parser("zwm", "migrate")
    options = parser.parse_args(list(arguments))
    return options.app_label, options.migration_name


def refuse_newer_schema() -> None:
    """Raise DatabaseUnusableError if a newer version has migrated the database.

    Processes that run for long ask again: the upgrade may come while they run.
    """
    if is_current():
        return
    unknown = Schema().unknown()
    if unknown:
        names = ", ".join(unknown[:3]) + (", ..." if len(unknown) > 3 else "")  # noqa: PLR2004 - enough to tell
        raise DatabaseUnusableError(
            f"A newer version of zwm has migrated the database ({names} is not known here): install"
            " that version, or go back to a copy of the database (see zwm migrate --help)"
        )


def _check_schema(*, migrated: bool, known: bool) -> None:
    if is_current():
        return
    if known:
        refuse_newer_schema()
    schema = Schema()
    if known and schema.is_new:
        _refuse_unfinished()
    if not migrated or not schema.is_behind:
        return
    if is_embedded():
        with migrating():  # another process may be creating the tables right now
            schema = Schema()
            if schema.is_new:
                call_command("migrate", interactive=False, verbosity=0)
                schema = Schema()
    if schema.is_behind:
        raise DatabaseUnusableError("The database schema is out of date; run `zwm migrate`")


def _refuse_unfinished() -> None:
    marker = home.unfinished(home.data_directory())
    if marker.exists():
        raise DatabaseUnusableError(
            f"A restore or move into {marker.parent} was interrupted: run it again, or delete"
            f" {marker} to start with an empty mirror"
        )


@contextmanager
def migrating() -> Iterator[None]:
    """No other process migrates or backs up the database while the block runs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK])
        if cursor.fetchone() == (False,):
            log.info("Waiting until another migration or a backup has ended")
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        yield
    finally:
        connection.close()  # releases the lock, whatever the state of the connection
