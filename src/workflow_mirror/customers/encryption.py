"""Secrets at rest: Fernet with keys that can be rotated, failing closed.

`ZWM_ENCRYPTION_KEYS` lists the keys, newest first: the first encrypts, all decrypt. A value that
none of them opens raises DecryptionError; it is never handed on as it lies in the database.
"""

from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from workflow_mirror.customers.errors import DecryptionError


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


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ZWM_ENCRYPTION_KEYS])
