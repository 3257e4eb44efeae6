"""A copy of the embedded database in a file, and the way back."""

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg import sql

from workflow_mirror.embedded import cluster, programs, root
from workflow_mirror.embedded.errors import EmbeddedPostgresError, reason

_RESTORED = f"{cluster.NAME}_restored"
_REPLACED = f"{cluster.NAME}_replaced"


def dump(url: str, file: Path) -> None:
    """Write the database to a new file that only its owner can read: all of it or nothing.

    `url` is that of a running `EmbeddedPostgres`. Raises EmbeddedPostgresError.
    """
    aside = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(mode=0o700, exist_ok=True)
        aside.touch(mode=0o600)
        # The wheel's programs know no quicker compression.
        options = ["--format=custom", "--compress=gzip:1", f"--file={aside}"]
        _run("pg_dump", [*options, f"--dbname={url}"])
        aside.rename(file)
    except (OSError, EmbeddedPostgresError) as error:
        with suppress(OSError):
            aside.unlink()
        why = error.strerror if isinstance(error, OSError) else error
        raise EmbeddedPostgresError(f"The database cannot be copied to {file}: {why}") from error


def restore(url: str, file: Path) -> None:
    """Put a copy in the place of the database: all of it or nothing.

    Nothing may be connected to the database. Raises EmbeddedPostgresError.
    """
    other, restored = _at(url, "postgres"), _at(url, _RESTORED)
    try:
        with psycopg.connect(other, autocommit=True) as server:
            for left in (_RESTORED, _REPLACED):
                server.execute(_sql("DROP DATABASE IF EXISTS {}", left))
            server.execute(_sql("CREATE DATABASE {} TEMPLATE template0", _RESTORED))
            options = ["--exit-on-error", "--single-transaction", f"--dbname={restored}"]
            _run("pg_restore", [*options, str(file)])
            with server.transaction():
                server.execute(_sql("ALTER DATABASE {} RENAME TO {}", cluster.NAME, _REPLACED))
                server.execute(_sql("ALTER DATABASE {} RENAME TO {}", _RESTORED, cluster.NAME))
            server.execute(_sql("DROP DATABASE {}", _REPLACED))
    except psycopg.errors.ObjectInUse as error:
        raise EmbeddedPostgresError(
            "The database is in use: stop `zwm up` and whatever else uses it"
        ) from error
    except (psycopg.Error, EmbeddedPostgresError) as error:
        why = str(error).splitlines()[0]
        raise EmbeddedPostgresError(f"{file} cannot be restored: {why}") from error


def _run(program: str, arguments: Sequence[str]) -> None:
    """As this user, who can read and write the file; PostgreSQL's own user may not."""
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [str(programs.find(root.account()).directory / program), "--no-password", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=programs.environment(),
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        raise EmbeddedPostgresError(reason(done.stderr))


def _at(url: str, database: str) -> str:
    return psycopg.conninfo.make_conninfo(url, dbname=database)


def _sql(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
