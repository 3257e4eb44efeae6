"""Secrets at rest: Fernet with keys that can be rotated, failing closed.

`ZWM_ENCRYPTION_KEYS` lists the keys, newest first: the first encrypts, all decrypt. A value that
none of them opens raises DecryptionError; it is never handed on as it lies in the database. Keys
that are in the data directory are read again after a rotation, without a restart.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.home import HomeError, read_encryption_keys


def encrypt(plain: str) -> str:
    return _keys().encrypt(plain.encode()).decode()


def decrypt(stored: str) -> str:
    try:
        return _keys().decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise DecryptionError from error


@dataclass(frozen=True)
class Sealed:
    """A text as it lies in the database. Its repr shows nothing of it."""

    stored: str = field(repr=False)

    def opened(self) -> str:
        """Raises DecryptionError."""
        return decrypt(self.stored)


class OpenedOnUse(DeferredAttribute):
    """The attribute of an EncryptedTextField: decrypts each time that it is read."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        value = super().__get__(instance, cls)
        return value.opened() if isinstance(value, Sealed) else value

    def __set__(self, instance: Any, value: Any) -> None:
        # Python reads the value of a loaded column only from a descriptor that can be set.
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # none at run time
    """Text that is encrypted when it is saved, and decrypted when it is used.

    It is not decrypted when its row is loaded (by a list, a join, another row's foreign key): one
    text that cannot be decrypted must not hide the others. `values()` returns the stored text,
    as `Sealed`.
    """

    descriptor_class = OpenedOnUse

    def get_prep_value(self, value: Any) -> Any:
        if value is None:
            return None
        return value.stored if isinstance(value, Sealed) else encrypt(str(value))

    def from_db_value(self, value: str | None, *_: Any) -> Sealed | None:
        return None if value is None else Sealed(value)


def current_keys() -> tuple[str, ...]:
    """Newest first; from the file as it is now, where they are in one. Raises HomeError."""
    file: Path | None = settings.ZWM_KEYS_IN_HOME
    if file is None:
        return tuple(settings.ZWM_ENCRYPTION_KEYS)
    try:
        found = file.stat()
    except OSError as error:
        raise HomeError(f"{file} cannot be read ({error.strerror}).") from error
    return _read(file, (found.st_ino, found.st_mtime_ns, found.st_size))


@lru_cache(maxsize=2)
def _read(file: Path, _version: tuple[int, int, int]) -> tuple[str, ...]:
    return read_encryption_keys(file)


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in current_keys()])
