"""Rotation of the encryption keys: everything is re-encrypted, and nothing can be lost."""

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from workflow_mirror import home
from workflow_mirror.audit.actions import Action, Outcome
from workflow_mirror.audit.models import AuditEvent
from workflow_mirror.customers import key_rotation
from workflow_mirror.customers.encryption import decrypt, encrypt
from workflow_mirror.customers.errors import (
    DecryptionError,
    NoNewKeyError,
    OldKeysNeededError,
    RotationRunningError,
    WrongKeysError,
)
from workflow_mirror.customers.key_rotation import (
    fingerprint,
    list_keys,
    remove_old_keys,
    rotate,
)
from workflow_mirror.customers.keys import check_keys
from workflow_mirror.customers.models import Customer, ZuoraToken

pytestmark = pytest.mark.usefixtures("transactional_db")


def new_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture
def file(tmp_path: Path, settings: Settings) -> Path:
    """The keys are in a file, as on one host."""
    path = tmp_path / "encryption_keys"
    path.write_text(f"# a comment\n{new_key()}\n")
    path.chmod(0o600)
    settings.ZWM_KEYS_IN_HOME = path
    return path


def keys_of(file: Path) -> list[str]:
    return list(home.read_encryption_keys(file))


def make_customers(number: int) -> None:
    for place in range(number):
        Customer.objects.create(
            name=f"Cliente {place}",
            zuora_base_url="https://rest.zuora.com",
            zuora_client_id="id",
            zuora_client_secret=f"secret {place}",
        )


def secrets() -> list[str]:
    return [one.zuora_client_secret for one in Customer.objects.order_by("pk")]


def test_rotation_makes_a_key_and_reencrypts_everything(file: Path) -> None:
    make_customers(3)
    ZuoraToken.objects.create(key="k", token="token", expires_at=timezone.now())
    times = list(Customer.objects.order_by("pk").values_list("updated_at", flat=True))
    [old] = keys_of(file)

    done = rotate()

    new, still_old = keys_of(file)
    assert (still_old, done.values, done.unreadable) == (old, 4, [])
    assert [key.values for key in list_keys().keys] == [4, 0]
    assert secrets() == ["secret 0", "secret 1", "secret 2"]
    assert ZuoraToken.objects.get().token == "token"
    assert list(Customer.objects.order_by("pk").values_list("updated_at", flat=True)) == times
    event = AuditEvent.objects.get()
    assert (event.action, event.outcome) == (Action.KEYS_ROTATED, Outcome.DONE)
    assert new not in str(event.details) + event.target
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_old_key_is_refused_after_it_was_removed(file: Path, settings: Settings) -> None:
    make_customers(2)
    [old] = keys_of(file)
    rotate()

    assert remove_old_keys() == 1

    [new] = keys_of(file)
    assert new != old
    assert secrets() == ["secret 0", "secret 1"]
    assert AuditEvent.objects.latest("pk").target == fingerprint(old)
    settings.ZWM_KEYS_IN_HOME = None
    settings.ZWM_ENCRYPTION_KEYS = [old]
    with pytest.raises(WrongKeysError):
        check_keys()
    with pytest.raises(DecryptionError):
        Customer.objects.all()[0].access()


def test_old_keys_are_not_removed_while_a_value_needs_one(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customers(3)
    interrupt_after_batches(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    with pytest.raises(OldKeysNeededError, match="2 values"):
        remove_old_keys()
    assert len(keys_of(file)) == 2
    assert secrets() == ["secret 0", "secret 1", "secret 2"]


def test_an_interrupted_rotation_is_finished_with_its_own_key(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_customers(3)
    with monkeypatch.context() as patched:
        interrupt_after_batches(patched, 2)
        with pytest.raises(KeyboardInterrupt):
            rotate()
    keys = keys_of(file)

    assert rotate().values == 1

    assert keys_of(file) == keys
    assert [key.values for key in list_keys().keys] == [3, 0]
    # A finished one is followed by a rotation with a new key.
    assert rotate().values == 3
    assert len(keys_of(file)) == 3


def interrupt_after_batches(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """One row a batch; what follows is cut off as by Ctrl-C."""
    left = [number]
    reencrypt = key_rotation._reencrypt_row

    def counted(*arguments: Any) -> bool:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return reencrypt(*arguments)

    monkeypatch.setattr(key_rotation, "BATCH", 1)
    monkeypatch.setattr(key_rotation, "_reencrypt_row", counted)


def test_a_value_whose_key_is_missing_stays_and_is_named(file: Path) -> None:
    make_customers(2)
    sealed = Fernet(new_key()).encrypt(b"of a lost key").decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers SET zuora_client_secret = %s WHERE name = 'Cliente 0'", [sealed]
        )

    done = rotate()

    assert (done.values, [one.name for one in done.unreadable]) == (1, ["Cliente 0"])
    assert AuditEvent.objects.get().outcome == Outcome.FAILED
    with connection.cursor() as cursor:
        cursor.execute("SELECT zuora_client_secret FROM customers WHERE name = 'Cliente 0'")
        assert cursor.fetchone() == (sealed,)
    assert remove_old_keys() == 1
    assert [one.name for one in list_keys().unreadable] == ["Cliente 0"]


def test_a_token_that_no_key_opens_is_no_error(file: Path) -> None:
    ZuoraToken.objects.create(key="k", token="token", expires_at=timezone.now())
    file.write_text(f"{new_key()}\n")
    assert rotate().unreadable == []


def test_running_processes_use_a_key_as_soon_as_it_is_in_the_file(file: Path) -> None:
    [old] = keys_of(file)
    sealed = encrypt("secret")
    home.add_encryption_key(file)
    assert decrypt(sealed) == "secret"
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(encrypt("secret").encode())


def test_keys_of_the_environment_are_not_made_here(settings: Settings) -> None:
    make_customers(2)
    old, new = settings.ZWM_ENCRYPTION_KEYS[0], new_key()
    with pytest.raises(NoNewKeyError, match="before it on every host"):
        rotate()
    settings.ZWM_ENCRYPTION_KEYS = [new, old]
    with pytest.raises(OldKeysNeededError):
        remove_old_keys()
    assert rotate().values == 2
    assert remove_old_keys() == 0
    settings.ZWM_ENCRYPTION_KEYS = [new]
    assert secrets() == ["secret 0", "secret 1"]


def test_one_rotation_runs_at_a_time(file: Path) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key_rotation.LOCK])
            with pytest.raises(RotationRunningError):
                rotate()
            with pytest.raises(RotationRunningError):
                remove_old_keys()
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key_rotation.LOCK])
    finally:
        other.close()
    rotate()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_file_stays_that_of_its_owner(file: Path) -> None:
    os.chown(file, 12345, 12346)
    home.add_encryption_key(file)
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 12346)


def test_every_encrypted_column_is_found() -> None:
    tables = {(model._meta.db_table, name) for model, name in key_rotation._columns()}
    assert {("customers", "zuora_client_secret"), ("zuora_tokens", "token")} <= tables
