"""Makes a backup of the database and the keys, while the mirror is in use."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import connection
from psycopg import sql

from workflow_mirror import home
from workflow_mirror.backup import contents
from workflow_mirror.backup.errors import BackupError
from workflow_mirror.backup.places import address_of, connected, refuse_newer, snapshot
from workflow_mirror.backup.whole_file import whole_file
from workflow_mirror.customers.encryption import EncryptedTextField, decrypt
from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.embedded import EmbeddedPostgresError
from workflow_mirror.embedded.transfer import dumped


@dataclass(frozen=True)
class Made:
    """`undecryptable` is the number of stored secrets that no key of the backup decrypts."""

    file: Path
    bytes: int
    created_at: str
    undecryptable: int


def backup(file: Path, passphrase: str) -> Made:
    """Write the database and its keys into one encrypted file, as they are at this moment.

    Writers are not held up. Raises BackupError; then the file is as it was before.
    """
    address = address_of(connection.settings_dict)
    with connected(address) as reading, snapshot(reading) as moment:
        refuse_newer(reading)
        manifest = _manifest(reading)
        undecryptable = _undecryptable(reading)
        try:
            with whole_file(file) as opened:
                contents.write(opened, passphrase, manifest, dumped(address, moment))
        except EmbeddedPostgresError as error:
            raise BackupError(f"The database cannot be copied to {file}: {error}") from error
    return Made(file, file.stat().st_size, manifest.created_at, undecryptable)


def _manifest(reading: psycopg.Connection[Any]) -> contents.Manifest:
    # Read again: another process may have changed the keys since this one started.
    secrets = home.secrets(settings.ZWM_HOME, os.environ, create=False)
    applied = reading.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return contents.Manifest(
        program=contents.program_version(),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        migrations=tuple(applied),
        secret_key=secrets.secret_key,
        encryption_keys=secrets.encryption_keys,
    )


def _undecryptable(reading: psycopg.Connection[Any]) -> int:
    stored = (text for place in _encrypted() for text in _read(reading, *place))
    return sum(not _decrypts(text) for text in stored)


def _encrypted() -> Iterator[tuple[str, str]]:
    """Every table and column that holds encrypted texts."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:  # noqa: SLF001 - public by its documentation
            if isinstance(field, EncryptedTextField):
                yield model._meta.db_table, str(field.column)  # noqa: SLF001 - the same


def _read(reading: psycopg.Connection[Any], table: str, column: str) -> Iterator[str]:
    """Nothing where the tables of an older version lack the column."""
    has_column = "SELECT FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
    if reading.execute(has_column, [table, column]).fetchone() is None:
        return
    name = sql.Identifier(column)
    select = sql.SQL("SELECT {} FROM {} WHERE {} <> ''").format(name, sql.Identifier(table), name)
    for (stored,) in reading.execute(select):
        yield stored


def _decrypts(stored: str) -> bool:
    try:
        decrypt(stored)
    except DecryptionError:
        return False
    return True
