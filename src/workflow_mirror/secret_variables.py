"""Environment variables that hold a secret: the value itself, or with `_FILE` the path of a file.

Files are how containers and systemd (`LoadCredential=`) hand over secrets.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from workflow_mirror.errors import SafeError

FILE = "_FILE"
LARGEST = 64 * 1024  # bytes
NAMES = (
    "DATABASE_URL",
    "SECRET_KEY",
    "ZWM_ENCRYPTION_KEYS",
    "ZWM_METRICS_TOKEN",
    "ZWM_OIDC_CLIENT_SECRET",
    "ZWM_SMTP_URL",
)


class SecretFileError(SafeError):
    """A file with a secret cannot be used; the message is one line and repeats nothing of it."""


def secret(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """The value without surrounding blanks, or "" if neither variable is set.

    Raises SecretFileError if both are set, or if the file cannot be read, is empty or is no text.
    """
    value = environ.get(name, "").strip()
    path = environ.get(name + FILE, "").strip()
    if not path:
        return value
    if value:
        raise SecretFileError(f"{name} and {name}{FILE} are both set: remove one of them")
    return _text_in(Path(path), name + FILE)


def forget(environ: MutableMapping[str, str] = os.environ) -> None:
    """Remove all of them, for a process that must not use the operator's."""
    for name in NAMES:
        environ.pop(name, None)
        environ.pop(name + FILE, None)


def _text_in(path: Path, variable: str) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1).decode().strip()
    except OSError as error:
        raise SecretFileError(f"{variable}: the file cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SecretFileError(f"{variable}: the file is not a text file") from None
    if not text:
        raise SecretFileError(f"{variable}: the file is empty")
    if len(text) > LARGEST:
        raise SecretFileError(f"{variable}: the file is too large for a secret")
    return text
