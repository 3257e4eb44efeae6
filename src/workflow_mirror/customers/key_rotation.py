"""Re-encrypts every encrypted value with the newest key, and removes keys that no value needs.

A rotation can be killed at any moment and run again: all keys stay until `remove_old_keys`, each
batch is one transaction, and a value that the newest key opens is left alone.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Model

from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.record import record
from workflow_mirror.customers.encryption import EncryptedTextField, Sealed, current_keys
from workflow_mirror.customers.errors import (
    NoNewKeyError,
    OldKeysNeededError,
    RotationRunningError,
)
from workflow_mirror.customers.models import ZuoraToken
from workflow_mirror.home import (
    MAKE_FERNET_KEY,
    add_encryption_key,
    keep_newest_encryption_key,
)

BATCH = 100
LOCK = 4_711_020_016
"""Of rotations, among PostgreSQL's advisory locks."""

type Column = tuple[type[Model], str]


@dataclass(frozen=True)
class Key:
    """`values`: how many stored values it decrypts, of which no newer key does."""

    fingerprint: str
    values: int


@dataclass(frozen=True)
class Unreadable:
    """A value that no key decrypts: restore its key, or set the secret again."""

    table: str
    name: str


@dataclass(frozen=True)
class Keys:
    """Newest first. `is_file`: in the data directory, not in the environment."""

    keys: list[Key]
    unreadable: list[Unreadable]
    is_file: bool


@dataclass(frozen=True)
class Rotated:
    """`values`: how many this run has re-encrypted."""

    fingerprint: str
    values: int
    unreadable: list[Unreadable]


def fingerprint(key: str) -> str:
    """Names a key without revealing it."""
    return hashlib.sha256(key.encode()).hexdigest()[:12]


def list_keys() -> Keys:
    keys = current_keys()
    places, unreadable = _census(keys)
    found = [Key(fingerprint(key), places[place]) for place, key in enumerate(keys)]
    return Keys(found, unreadable, settings.ZWM_KEYS_IN_HOME is not None)


def rotate() -> Rotated:
    """Make a new key, where the keys are in a file, and re-encrypt everything with the newest.

    A rotation that was interrupted is finished with its own key. Values that no key decrypts stay
    as they are, and are returned. Raises NoNewKeyError, RotationRunningError, HomeError.
    """
    with _alone():
        _make_key()
        keys = current_keys()
        changed = sum(_reencrypt(column, keys) for column in _columns())
        _places, unreadable = _census(keys)
        outcome = Outcome.FAILED if unreadable else Outcome.DONE
        name = fingerprint(keys[0])
        record(
            Action.KEYS_ROTATED, name, outcome=outcome, values=changed, unreadable=len(unreadable)
        )
        return Rotated(name, changed, unreadable)


def remove_old_keys() -> int:
    """Remove all keys but the newest from the file; how many. 0 where the environment sets them.

    Raises OldKeysNeededError while a value needs one, RotationRunningError, HomeError.
    """
    file = settings.ZWM_KEYS_IN_HOME
    with _alone(), transaction.atomic():
        _hold_still()
        keys = current_keys()
        places, _unreadable = _census(keys)
        if needed := places.total() - places[0]:
            raise OldKeysNeededError(number=needed)
        if file is None or len(keys) == 1:
            return 0
        removed = [fingerprint(key) for key in keys[1:]]
        record(Action.KEYS_REMOVED, ", ".join(removed))
        keep_newest_encryption_key(file)
        return len(removed)


def _make_key() -> None:
    keys = current_keys()
    places, _unreadable = _census(keys)
    is_unfinished = places.total() > places[0]
    if is_unfinished:
        return
    if file := settings.ZWM_KEYS_IN_HOME:
        add_encryption_key(file)
    elif len(keys) == 1:
        raise NoNewKeyError(command=MAKE_FERNET_KEY)


def _columns() -> list[Column]:
    """Every encrypted column of the program."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if not model._meta.proxy  # noqa: SLF001 - public by its documentation
        for field in model._meta.concrete_fields  # noqa: SLF001 - the same
        if isinstance(field, EncryptedTextField)
    ]


def _census(keys: tuple[str, ...]) -> tuple[Counter[int], list[Unreadable]]:
    """How many values each key opens, by its place, and the values that none opens.

    A token that none opens is as good as missing: it is fetched again.
    """
    places: Counter[int] = Counter()
    unreadable: list[Unreadable] = []
    for model, name in _columns():
        for row in model._base_manager.order_by("pk").iterator():  # noqa: SLF001 - Django's documented name
            sealed = _sealed(row, name)
            if sealed is None:
                continue
            place, _plain = _opened(keys, sealed)
            if place is not None:
                places[place] += 1
            elif model is not ZuoraToken:
                unreadable.append(Unreadable(model._meta.db_table, str(row)))  # noqa: SLF001 - the same
    return places, unreadable


def _reencrypt(column: Column, keys: tuple[str, ...]) -> int:
    model, name = column
    rows: Any = model._base_manager.order_by("pk")  # noqa: SLF001 - Django's documented name
    last: Any = None
    changed = 0
    while True:
        with transaction.atomic():
            rest = rows if last is None else rows.filter(pk__gt=last)
            batch = list(rest.select_for_update(no_key=True)[:BATCH])
            changed += sum(_reencrypt_row(row, name, keys) for row in batch)
        if not batch:
            return changed
        last = batch[-1].pk


def _reencrypt_row(row: Model, name: str, keys: tuple[str, ...]) -> bool:
    place, plain = _opened(keys, _sealed(row, name) or "")
    if not place:  # unreadable, or done already
        return False
    sealed = Sealed(Fernet(keys[0]).encrypt(plain).decode())
    rows: Any = type(row)._base_manager.filter(pk=row.pk)  # noqa: SLF001 - Django's documented name
    rows.update(**{name: sealed})  # not `save`, which writes the time of change, too
    return True


def _sealed(row: Model, name: str) -> str | None:
    """As it is in the database."""
    stored = vars(row)[name]
    return stored.stored if isinstance(stored, Sealed) else None


def _opened(keys: tuple[str, ...], sealed: str) -> tuple[int | None, bytes]:
    """The place of the key that opens it, and the plain text."""
    for place, key in enumerate(keys):
        try:
            return place, Fernet(key).decrypt(sealed.encode())
        except InvalidToken:
            continue
    return None, b""


@contextmanager
def _alone() -> Iterator[None]:
    """The lock ends with its connection, also where the process is killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise RotationRunningError
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _hold_still() -> None:
    """Nobody writes a value, with whichever key, until the transaction ends."""
    tables = sorted({model._meta.db_table for model, _name in _columns()})  # noqa: SLF001 - public by its documentation
    quoted = ", ".join(map(connection.ops.quote_name, tables))
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {quoted} IN SHARE ROW EXCLUSIVE MODE")
