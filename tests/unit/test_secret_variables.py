"""Secrets that the environment gives, directly or by files."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from workflow_mirror import home, secret_variables
from workflow_mirror.secret_variables import LARGEST, SecretFileError, secret

SECRET = "postgresql://zwm:very-secret@db/zwm"


def test_a_value_and_a_file_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(f"{SECRET}\n")
    assert secret("DATABASE_URL", {"DATABASE_URL": f" {SECRET} "}) == SECRET
    assert secret("DATABASE_URL", {"DATABASE_URL_FILE": str(file)}) == SECRET
    assert secret("DATABASE_URL", {"DATABASE_URL": "", "DATABASE_URL_FILE": " "}) == ""


def test_two_values_are_refused(tmp_path: Path) -> None:
    both = {"DATABASE_URL": SECRET, "DATABASE_URL_FILE": str(tmp_path)}
    with pytest.raises(SecretFileError, match="are both set") as raised:
        secret("DATABASE_URL", both)
    assert "very-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"very-secret\xff", "is not a text file"),
        (b"very-secret" * LARGEST, "too large"),
    ],
)
def test_a_file_that_holds_no_secret_is_one_line_that_repeats_nothing_of_it(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SecretFileError, match=f"^SECRET_KEY_FILE: .*{said}") as raised:
        secret("SECRET_KEY", {"SECRET_KEY_FILE": str(file)})
    assert "very-secret" not in str(raised.value)


def test_a_database_of_ones_own_takes_all_of_its_secrets_from_files(tmp_path: Path) -> None:
    keys = [Fernet.generate_key().decode() for _ in range(2)]
    environ = {}
    for name, text in {
        "DATABASE_URL": SECRET,
        "SECRET_KEY": "a-long-secret-key",
        "ZWM_ENCRYPTION_KEYS": "\n".join(keys),
    }.items():
        (tmp_path / name).write_text(text)
        environ[f"{name}_FILE"] = str(tmp_path / name)
    found = home.secrets(tmp_path / "home", environ, create=False)
    assert (found.secret_key, found.encryption_keys) == ("a-long-secret-key", tuple(keys))
    (tmp_path / "SECRET_KEY").unlink()
    with pytest.raises(SecretFileError):
        home.secrets(tmp_path / "home", environ, create=False)


def test_the_demo_forgets_the_operators_secrets() -> None:
    environ = {"SECRET_KEY_FILE": "/a", "DATABASE_URL": SECRET, "LANG": "it_IT.UTF-8"}
    secret_variables.forget(environ)
    assert environ == {"LANG": "it_IT.UTF-8"}
