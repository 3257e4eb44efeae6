"""Puts a backup into an empty data directory or an empty database."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db import connection

from workflow_mirror import database, home
from workflow_mirror.backup import contents, places
from workflow_mirror.backup.contents import Manifest
from workflow_mirror.backup.errors import BackupError
from workflow_mirror.backup.undo import kept_database, kept_secrets
from workflow_mirror.embedded import EmbeddedPostgresError
from workflow_mirror.embedded.transfer import load
from workflow_mirror.schema import Schema
from workflow_mirror.secret_variables import FILE, secret


@dataclass(frozen=True)
class Restored:
    """`is_behind`: the tables are those of an older version, and `zwm migrate` comes next."""

    program: str
    created_at: str
    is_behind: bool


def restore(file: Path, passphrase: str, keys_to: Path | None = None) -> Restored:
    """Restore a backup into the database of this environment, which must be empty.

    The keys go to the data directory, or with DATABASE_URL to files in `keys_to`. The whole file is
    verified first. Raises BackupError; then nothing has changed.
    """
    try:
        opened = file.open("rb")
    except OSError as error:
        raise BackupError(f"{file} cannot be read: {error.strerror}") from error
    with opened:
        manifest = contents.verified(opened, passphrase)
        with _ready_for(manifest, keys_to):
            _load(opened, passphrase, manifest)
            _record(manifest)
            return Restored(manifest.program, manifest.created_at, Schema().is_behind)


def _load(file: IO[bytes], passphrase: str, manifest: Manifest) -> None:
    _refuse_newer(manifest)
    address = places.address_of(connection.settings_dict)
    with places.connected(address) as there:
        if places.is_used(there):
            raise BackupError(_not_empty())
        version = there.info.server_version
    _, sql = contents.read(file, passphrase)
    try:
        load(address, sql, version)
    except EmbeddedPostgresError as error:
        raise BackupError(f"The backup cannot be restored: {error}") from error


def _record(manifest: Manifest) -> None:
    """In the restored database, unless it is from before the audit log."""
    # Models can be imported once the database is ready.
    from workflow_mirror.audit.actions import Action  # noqa: PLC0415 - as just said
    from workflow_mirror.audit.models import AuditEvent  # noqa: PLC0415 - the same
    from workflow_mirror.audit.record import record  # noqa: PLC0415 - the same

    if AuditEvent._meta.db_table in connection.introspection.table_names():  # noqa: SLF001 - public by its documentation
        record(Action.BACKUP_RESTORED, made_at=manifest.created_at, program=manifest.program)


def _refuse_newer(manifest: Manifest) -> None:
    unknown = Schema().unknown_of(manifest.migrations)
    if unknown:
        raise BackupError(
            f"The backup was made by a newer version of zwm ({manifest.program}; {unknown[0]} is"
            f" not known here): install that version"
        )


def _not_empty() -> str:
    if database.is_embedded():
        return places.taken(home.data_directory())
    return "The database in DATABASE_URL is not empty: create a new one for the backup"


@contextmanager
def _ready_for(manifest: Manifest, keys_to: Path | None) -> Iterator[None]:
    """The database is ready, and the keys are where it finds them; undone if the block fails."""
    directory = home.data_directory()
    with ExitStack() as stack:
        place = _place_of_keys(manifest, directory, keys_to)
        if database.is_embedded():
            stack.enter_context(kept_database(directory))
        if place is not None:
            secrets = home.Secrets(manifest.secret_key, manifest.encryption_keys)
            stack.enter_context(kept_secrets(place, secrets))
        _use(manifest)
        stack.enter_context(database.ready(migrated=False, known=False))
        yield


def _place_of_keys(manifest: Manifest, directory: Path, keys_to: Path | None) -> Path | None:
    """Where to write the keys; None if the environment has them."""
    lacking = set(manifest.encryption_keys) - set(_given())
    if not lacking:
        return keys_to
    if _given() and (database.is_embedded() or keys_to is None):
        raise BackupError(
            "ZWM_ENCRYPTION_KEYS lacks keys of the backup: add them, or unset the variable"
        )
    if database.is_embedded():
        return directory
    if keys_to is None:
        raise BackupError(
            "With DATABASE_URL the keys of the backup must be in ZWM_ENCRYPTION_KEYS; to write"
            " them to files, add --keys-to with a new directory"
        )
    return keys_to


def _given() -> tuple[str, ...]:
    """The keys in the environment."""
    given = secret("ZWM_ENCRYPTION_KEYS")
    if not given:
        return ()
    environ = {"SECRET_KEY": "-", "ZWM_ENCRYPTION_KEYS": given}
    return home.secrets(Path(), environ, create=False).encryption_keys


def _use(manifest: Manifest) -> None:
    """In this process, the keys of the backup."""
    os.environ.pop("ZWM_ENCRYPTION_KEYS" + FILE, None)
    os.environ["ZWM_ENCRYPTION_KEYS"] = ",".join(manifest.encryption_keys)
    if not secret("SECRET_KEY"):
        os.environ["SECRET_KEY"] = manifest.secret_key
