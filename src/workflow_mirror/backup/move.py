"""Copies the mirror into another, empty database, and verifies every row of the copy."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dj_database_url
import psycopg
from django.db import connection

from workflow_mirror import database, home
from workflow_mirror.audit.actions import Action
from workflow_mirror.audit.record import record_in
from workflow_mirror.backup import places
from workflow_mirror.backup.errors import BackupError
from workflow_mirror.backup.undo import kept_database, kept_secrets
from workflow_mirror.embedded import EmbeddedPostgres, EmbeddedPostgresError
from workflow_mirror.embedded.transfer import Address, dumped, load

EMBEDDED = "embedded"
_OTHERS = """
SELECT DISTINCT application_name FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'zwm %'
AND application_name <> current_setting('application_name')
"""


@dataclass(frozen=True)
class Moved:
    """The numbers of rows by table."""

    rows: dict[str, int]


def move(to: str) -> Moved:
    """Copy this environment's database to the one of a URL, or to the `embedded` one.

    The original stays as it is. Raises BackupError; then the target is empty, but where it has
    become another copy than the original, which the error says.
    """
    source = places.address_of(connection.settings_dict)
    with places.connected(source) as reading:
        places.refuse_newer(reading)
        _refuse_in_use(reading)
        with _target(to) as target, places.connected(target) as writing:
            if places.is_used(writing):
                raise BackupError("The target database is not empty: create a new one")
            if encoding := database.other_encoding(writing.info):
                raise BackupError(
                    f"The target database has the encoding {encoding}: {database.CREATE_IT}"
                )
            _copy(reading, source, target, writing.info.server_version)
            moved = _verified(reading, writing)
            record_in(writing, Action.MIRROR_MOVED, EMBEDDED if to == EMBEDDED else "")
            return moved


def _copy(
    reading: psycopg.Connection[Any], source: Address, target: Address, target_version: int
) -> None:
    try:
        with places.snapshot(reading) as moment:
            load(target, dumped(source, moment), target_version)
    except EmbeddedPostgresError as error:
        raise BackupError(f"The database cannot be copied: {error}") from error


def _verified(reading: psycopg.Connection[Any], writing: psycopg.Connection[Any]) -> Moved:
    # The original is read now, not in the snapshot: what changed meanwhile is not in the copy.
    _refuse_in_use(reading)
    before, after = places.checksums(reading), places.checksums(writing)
    different = sorted(name for name in before if before[name] != after.get(name))
    if different:
        raise BackupError(
            f"The copy differs from the original in {', '.join(different)}, perhaps because the"
            f" mirror was in use: stop everything, empty the target, and try again"
        )
    return Moved({name: rows for name, (rows, _) in after.items()})


def _refuse_in_use(reading: psycopg.Connection[Any]) -> None:
    """Changes after the copy would be lost."""
    others = [name for (name,) in reading.execute(_OTHERS)]
    if others:
        raise BackupError(
            f"The mirror is in use ({', '.join(sorted(others))}): stop the workers, the web admin"
            f" and `zwm up` on all hosts"
        )


@contextmanager
def _target(to: str) -> Iterator[Address]:
    if to != EMBEDDED:
        yield _address(to)
        return
    if database.is_embedded():
        raise BackupError("The mirror is in the embedded database already")
    directory = home.data_directory()
    if home.is_taken(directory):
        raise BackupError(places.taken(directory))
    secrets = home.secrets(directory, os.environ, create=False)
    with (
        kept_database(directory),
        kept_secrets(directory, secrets),
        EmbeddedPostgres(directory) as server,
    ):
        yield _address(server.url)


def _address(url: str) -> Address:
    """Raises BackupError, which repeats nothing of the URL: it may hold a password."""
    try:
        read = dj_database_url.parse(url)
    except ValueError:
        read = {}
    if read.get("ENGINE") != "django.db.backends.postgresql" or not read.get("NAME"):
        raise BackupError(
            "The target is not the URL of a PostgreSQL database, such as"
            " postgresql://user@host:5432/name"
        )
    return places.address_of(read)
