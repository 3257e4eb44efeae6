"""Runs all checks. What a check needs comes first: without a database nothing else can be asked."""

from collections.abc import Callable, Iterator

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connection

from workflow_mirror import database, home
from workflow_mirror.database_advice import advised_text
from workflow_mirror.doctor.disk import disk
from workflow_mirror.doctor.findings import Finding, State, failed, ok
from workflow_mirror.embedded import EmbeddedPostgresError
from workflow_mirror.home import HomeError
from workflow_mirror.secret_variables import SecretFileError

_SETUP_ERRORS = (
    database.DatabaseUnusableError,
    EmbeddedPostgresError,
    HomeError,
    ImproperlyConfigured,
    SecretFileError,
)


def examine() -> Iterator[Finding]:
    """Changes nothing; a database that does not exist yet is not created."""
    try:
        yield disk()
        if database.is_embedded() and not home.has_database(home.data_directory()):
            yield failed(
                "database",
                f"There is no database in {home.data_directory()}",
                "Start `zwm up`, or set ZWM_HOME or DATABASE_URL",
            )
            return
        with database.ready(migrated=False, known=False):
            yield _database()
            yield from _of_the_mirror()
    except _SETUP_ERRORS as error:
        yield failed(
            "database", " ".join(str(error).split()), "Correct this first; the other checks need it"
        )


def _database() -> Finding:
    version = connection.pg_version  # type: ignore[attr-defined]  # PostgreSQL's has it
    kind = "embedded" if database.is_embedded() else "your own"
    return ok("database", f"PostgreSQL {version // 10_000}.{version % 10_000}, {kind}")


def _of_the_mirror() -> Iterator[Finding]:
    # Models can be imported once the database is ready.
    from workflow_mirror.doctor import checks, mail, zuora_hosts  # noqa: PLC0415 - as just said

    migrations = checks.migrations()
    yield migrations
    if migrations.state != State.OK:
        return  # the tables may be others
    for check in (*checks.CHECKS, mail.mail, zuora_hosts.zuora_hosts):
        yield from _run(check)


def _run(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except DatabaseError as error:
        yield failed(check.__name__, advised_text(error), "Check the database")
