"""Secrets at rest: Fernet with keys that can be rotated, failing closed.

`ZWM_ENCRYPTION_KEYS` lists the keys, newest first: the first encrypts, all decrypt. A value that
none of them opens raises DecryptionError; it is never handed on as it lies in the database.
"""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

from workflow_mirror.customers.errors import DecryptionError


def encrypt(plain: str) -> str:
    return _keys().encrypt(plain.encode()).decode()


def decrypt(stored: str) -> str:
    try:
        return _keys().decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise DecryptionError from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]  # none at run time
    """Text that is encrypted on its way into the database and decrypted on its way out."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value is not None else None

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return decrypt(value) if value is not None else None


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ZWM_ENCRYPTION_KEYS])
