"""The data directory, and the secrets that are created in it on the first run."""

import base64
import fcntl
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe

import platformdirs

from workflow_mirror.errors import SafeError
from workflow_mirror.secret_variables import secret

NAME = "zuora-workflow-mirror"
ROOT_HOME = Path("/var/lib") / NAME
DATABASE = "database"  # what the embedded PostgreSQL keeps in the home
UNFINISHED = "restore-unfinished"

SECRET_KEY_FILE = "secret_key"  # noqa: S105 - the name of a file
ENCRYPTION_KEYS_FILE = "encryption_keys"

NOT_IN_A_PATH = ("Cc", "Cs")  # control characters; bytes that are not UTF-8

FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
MAKE_SECRET = 'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'  # noqa: S105 - a command
MAKE_FERNET_KEY = (
    'python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"'
)


class HomeError(SafeError):
    """The data directory or a secret cannot be used; the message is one line for the user."""


@dataclass(frozen=True)
class Secrets:
    """The secrets of this installation; the repr does not reveal them.

    `encryption_keys` are Fernet keys, newest first: the first encrypts, all decrypt.
    """

    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)


def data_directory() -> Path:
    """`ZWM_HOME`, or the usual data directory of this user; nothing is created.

    Raises HomeError if there is none, or if PostgreSQL cannot work with its name.
    """
    directory = _data_directory()
    # The target of a link is checked, too: PostgreSQL's files store the path as one line of text.
    for name in (str(directory), os.path.realpath(directory)):
        if any(unicodedata.category(character) in NOT_IN_A_PATH for character in name):
            raise HomeError(
                f"The path of the data directory, {name!r}, has a control character or is "
                f"not valid UTF-8: set ZWM_HOME to another directory."
            )
    return directory


def _data_directory() -> Path:
    given = os.environ.get("ZWM_HOME")
    if given:
        return Path(given).expanduser().absolute()
    if os.geteuid() == 0:
        # Not below /root: the system user that runs PostgreSQL must be able to reach the data.
        return ROOT_HOME
    usual = platformdirs.user_data_path(NAME, appauthor=False)
    if not usual.is_absolute():
        raise HomeError("This user has no home directory: set ZWM_HOME to a directory of yours.")
    return usual


def prepare(home: Path) -> None:
    """Create the data directory if it is missing, and check that it is writable.

    A new directory is accessible to its owner only. Root's directory can be traversed but not
    listed by others, for the system user of PostgreSQL; only root can read the secrets in it.
    The permissions of an existing directory are never changed.
    """
    try:
        _create(home)
        _prove_writable(home)
    except (FileExistsError, NotADirectoryError):
        raise HomeError(
            f"{home} is not a directory: set ZWM_HOME to another one, or move the file away."
        ) from None
    except OSError as error:
        raise HomeError(
            f"The data directory {home} cannot be used ({error.strerror}): "
            "put that right, or set ZWM_HOME to another one."
        ) from error


def _create(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        if not home.is_dir():
            raise
        return
    if os.geteuid() == 0:
        home.chmod(0o711)


def _prove_writable(home: Path) -> None:
    # Only a real write detects a read-only or full file system.
    with tempfile.TemporaryFile(dir=home) as probe:
        probe.write(b"1")


def has_database(home: Path) -> bool:
    """Whether an embedded database belongs to this data directory, here or elsewhere."""
    database = home / DATABASE
    return (database / "location").exists() or (database / "cluster" / "data").exists()


def is_taken(home: Path) -> bool:
    """Whether `zwm restore` and `zwm move` must leave its embedded database as it is."""
    return has_database(home) and not unfinished(home).exists()


def unfinished(home: Path) -> Path:
    """The file that marks an embedded database which `zwm restore` or `zwm move` is filling."""
    return home / UNFINISHED


def secrets(home: Path, environ: Mapping[str, str], *, create: bool) -> Secrets:
    """Return the secrets from the environment, or from the data directory if not set there.

    A secret that neither its variable nor its `_FILE` variable sets is read from its file in
    `home`; with `create`, a missing file is created first. With `DATABASE_URL` both variables
    must be set: many hosts may share the data, so no host may generate its own key.
    """
    return Secrets(
        secret_key=_secret_key(home, environ, create=create),
        encryption_keys=_encryption_keys(home, environ, create=create),
    )


def write_secrets(directory: Path, secrets: Secrets) -> list[Path]:
    """Write the secrets into their files; returns the files that were missing.

    Raises HomeError if a file holds other secrets; then nothing is written.
    """
    prepare(directory)
    texts = {
        directory / SECRET_KEY_FILE: [secrets.secret_key],
        directory / ENCRYPTION_KEYS_FILE: list(secrets.encryption_keys),
    }
    missing = [path for path in texts if not path.exists()]
    for path, lines in texts.items():
        if path not in missing and _read(path) != lines:
            raise HomeError(f"{path} holds another secret than the backup: move it away.")
    try:
        for path in missing:
            _write(path, "".join(f"{line}\n" for line in texts[path]))
    except OSError as error:
        raise HomeError(f"{directory} cannot be written ({error.strerror}).") from error
    return missing


def _secret_key(home: Path, environ: Mapping[str, str], *, create: bool) -> str:
    given = secret("SECRET_KEY", environ)
    if given:
        return given
    _refuse_external_database(environ, "SECRET_KEY", MAKE_SECRET)
    path = home / SECRET_KEY_FILE
    if create:
        _keep(path, lambda: token_urlsafe(50))
    lines = _read(path)
    if not lines:
        raise HomeError(f"{path} is empty: delete it, and a new key is made at the next start.")
    return lines[0]


def _encryption_keys(home: Path, environ: Mapping[str, str], *, create: bool) -> tuple[str, ...]:
    if given := _given_keys(environ):
        return _checked(given, "ZWM_ENCRYPTION_KEYS")
    _refuse_external_database(environ, "ZWM_ENCRYPTION_KEYS", MAKE_FERNET_KEY)
    path = home / ENCRYPTION_KEYS_FILE
    if create:
        _keep(path, _new_encryption_key, refuse=lambda: _refuse_lost_key(home, path))
    return _checked(_read(path), str(path))


def _given_keys(environ: Mapping[str, str]) -> list[str]:
    keys = re.split(r"[,\n]", secret("ZWM_ENCRYPTION_KEYS", environ))
    return [key.strip() for key in keys if key.strip()]


def encryption_keys_file(home: Path, environ: Mapping[str, str]) -> Path | None:
    """The program's own file with the encryption keys; None if a variable sets them."""
    return None if _given_keys(environ) else home / ENCRYPTION_KEYS_FILE


def read_encryption_keys(path: Path) -> tuple[str, ...]:
    """Raises HomeError."""
    return _checked(_read(path), str(path))


def add_encryption_key(path: Path) -> None:
    """Put a new key before those of the file. Raises HomeError."""
    _change_keys(path, lambda keys: (_new_encryption_key(), *keys))


def keep_newest_encryption_key(path: Path) -> None:
    """Remove all keys of the file but the first. Raises HomeError."""
    _change_keys(path, lambda keys: keys[:1])


def _change_keys(path: Path, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    """Of two processes at once, the second sees what the first has written."""
    try:
        with _locked(path.parent):
            keys = change(read_encryption_keys(path))
            _write(path, "".join(f"{key}\n" for key in keys), owner=path.stat())
    except OSError as error:
        raise HomeError(f"{path} cannot be written ({error.strerror}).") from error


def _refuse_external_database(environ: Mapping[str, str], variable: str, command: str) -> None:
    if secret("DATABASE_URL", environ):
        raise HomeError(
            f"{variable} is not set. With DATABASE_URL it must be given, the same on every host. "
            f"A new value: {command}"
        )


def _refuse_lost_key(home: Path, path: Path) -> None:
    if has_database(home):
        raise HomeError(
            f"{path} is missing, but there is a database whose secrets it encrypts: restore the "
            f"file from your backup, or set ZWM_ENCRYPTION_KEYS to the keys that it held."
        )


def _new_encryption_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def _checked(keys: list[str], source: str) -> tuple[str, ...]:
    for position, key in enumerate(keys, start=1):
        if not FERNET_KEY.fullmatch(key):
            raise HomeError(
                f"{source}: key number {position} is not a Fernet key (32 bytes in URL-safe "
                f"base64, 44 characters). A new one: {MAKE_FERNET_KEY}"
            )
    if not keys:
        raise HomeError(f"{source} holds no key: restore it from your backup.")
    return tuple(keys)


def _read(path: Path) -> list[str]:
    """Return the lines of a secrets file; refuse a file that other users can read.

    Its permissions are not repaired silently: the operator should know that others may have
    read the key.
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            lines = [line.strip() for line in file]
    except FileNotFoundError:
        raise HomeError(f"{path} does not exist yet: start with `zwm up` or `zwm demo`.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file"
        raise HomeError(f"{path} cannot be read ({reason}).") from error
    if mode & 0o077:
        raise HomeError(f"{path} can be read by other users: change that with `chmod 600 {path}`.")
    return [line for line in lines if line and not line.startswith("#")]


def _keep(path: Path, make: Callable[[], str], refuse: Callable[[], None] | None = None) -> None:
    """Write a new secret unless one exists; of two concurrent processes, only one writes."""
    if path.exists():
        return
    prepare(path.parent)
    try:
        with _locked(path.parent):
            if path.exists():
                return
            if refuse:
                refuse()
            _write(path, make() + "\n")
    except OSError as error:
        raise HomeError(f"{path} cannot be written ({error.strerror}).") from error


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, text: str, owner: os.stat_result | None = None) -> None:
    """Atomic: write a temporary file, sync it to disk, then rename it.

    `owner` keeps the file that of the service's user if root replaces it.
    """
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # is 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            if owner and os.geteuid() == 0:
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        Path(aside).rename(path)
    except BaseException:
        with suppress(OSError):
            Path(aside).unlink()
        raise
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
