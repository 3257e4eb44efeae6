"""A file that appears only when it is complete, whatever ends the program before."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from workflow_mirror.backup.errors import BackupError
from workflow_mirror.backup.sealing import is_sealed
from workflow_mirror.home import sync_directory

LONGEST_BEGINNING = 64  # bytes that tell a backup from other files


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A new file with mode 0600 that replaces an earlier backup of this name at the end.

    It is written as `NAME.part`; a process that is killed leaves that file, which the next backup
    uses again. Raises BackupError for a name that another file has, and if writing fails.
    """
    _refuse_other_files(path)
    aside = path.with_name(f"{path.name}.part")
    try:
        with _alone(aside) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                aside.rename(path)
            except BaseException:
                with suppress(OSError):
                    aside.unlink()
                raise
        sync_directory(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error


def _refuse_other_files(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(LONGEST_BEGINNING)
    except FileNotFoundError:
        return
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}") from error
    if not is_sealed(beginning):
        raise BackupError(f"{path} exists and is not a backup: choose another name")


@contextmanager
def _alone(path: Path) -> Iterator[IO[bytes]]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever had the lock before may have given the file its final name meanwhile.
            is_ours = os.path.samestat(os.fstat(descriptor), path.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        if not is_ours:
            raise BackupError(f"Another process is writing {path}: try again later")
        os.ftruncate(descriptor, 0)
        os.fchmod(descriptor, 0o600)
        yield file
