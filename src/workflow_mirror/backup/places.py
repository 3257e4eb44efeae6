"""Databases as libpq and psycopg reach them, and what is in them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import Conninfo

from workflow_mirror.backup.errors import BackupError
from workflow_mirror.database import MIGRATION_LOCK
from workflow_mirror.embedded.transfer import Address, newest_server
from workflow_mirror.error_texts import error_text

# All that a user can create which holds rows; an extension's own tables do not count.
_TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relkind = ANY (%s)
AND NOT EXISTS (
    SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
)
ORDER BY 1, 2
"""
_TABLE_KINDS, _ANY_KIND = ["r", "p"], ["r", "p", "v", "m", "S", "f"]
# The text of a row is the same on every server.
_SAME_TEXT = (
    "SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO'; SET IntervalStyle TO 'postgres';"
    " SET extra_float_digits TO 1; SET bytea_output TO 'hex'"
)
# The sum of hashes does not depend on the order of the rows.
_CHECKSUM = (
    "SELECT count(*), coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text FROM {} r"
)


def address_of(database: Mapping[str, Any]) -> Address:
    """The parameters of a database in Django's settings, those that libpq knows."""
    known = {default.keyword.decode() for default in Conninfo.get_defaults()}
    given = {
        "dbname": database.get("NAME"),
        "user": database.get("USER"),
        "password": database.get("PASSWORD"),
        "host": database.get("HOST"),
        "port": database.get("PORT"),
        **{name: value for name, value in database.get("OPTIONS", {}).items() if name in known},
    }
    return {name: str(value) for name, value in given.items() if value not in {None, ""}}


@contextmanager
def connected(address: Address) -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own. Raises BackupError if the database cannot be reached."""
    try:
        there = psycopg.connect(**address, autocommit=True)  # type: ignore[arg-type]  # parameters of libpq
    except psycopg.OperationalError as error:
        raise BackupError(f"The database cannot be reached: {error_text(error)}") from error
    with there:
        yield there


@contextmanager
def snapshot(there: psycopg.Connection[Any]) -> Iterator[str]:
    """A transaction that sees one moment, and the name by which `pg_dump` sees the same.

    Migrations wait until the connection is closed. Otherwise one could wait for the tables that
    this transaction has read, and `pg_dump` for that migration: neither would ever end.
    """
    there.execute("SELECT pg_advisory_lock_shared(%s)", [MIGRATION_LOCK])
    there.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    there.read_only = True
    with there.transaction():
        [(name,)] = there.execute("SELECT pg_export_snapshot()")
        yield name


def refuse_newer(there: psycopg.Connection[Any]) -> None:
    """Raise BackupError if the server is too new for our `pg_dump`: before anything is written."""
    theirs, ours = there.info.server_version // 10_000, newest_server()
    if theirs > ours:
        raise BackupError(
            f"The database server is PostgreSQL {theirs}, newer than the bundled pg_dump {ours}:"
            f" update zwm, or use the pg_dump of that server"
        )


def taken(directory: Path) -> str:
    return (
        f"{directory} has a database already: set ZWM_HOME to a new directory, or move this one"
        f" away"
    )


def is_used(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database has any table, view or sequence."""
    return connection.execute(_TABLES, [_ANY_KIND]).fetchone() is not None


def checksums(connection: psycopg.Connection[Any]) -> dict[str, tuple[int, str]]:
    """The number of rows of each table, and a hash of them all."""
    connection.execute(_SAME_TEXT)
    tables = connection.execute(_TABLES, [_TABLE_KINDS]).fetchall()
    return {f"{schema}.{table}": _checksum(connection, schema, table) for schema, table in tables}


def _checksum(connection: psycopg.Connection[Any], schema: str, table: str) -> tuple[int, str]:
    statement = sql.SQL(_CHECKSUM).format(sql.Identifier(schema, table))
    [(rows, hashes)] = connection.execute(statement)
    return rows, hashes
