"""What a failed restore or move takes back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workflow_mirror import home
from workflow_mirror.embedded import EmbeddedPostgres


@contextmanager
def kept_secrets(directory: Path, secrets: home.Secrets) -> Iterator[None]:
    """The secrets are in files of this directory; the new files go if the block fails."""
    written = home.write_secrets(directory, secrets)
    try:
        yield
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


@contextmanager
def kept_database(directory: Path) -> Iterator[None]:
    """An embedded database that the block makes goes if it fails; an earlier one stays.

    A file marks it while the block runs. If the process is killed, no command takes the empty
    database for a new mirror, and the next restore or move fills it.
    """
    home.prepare(directory)
    marker = home.unfinished(directory)
    is_new = not home.is_taken(directory)
    if is_new:
        marker.touch()
    try:
        yield
    except BaseException:
        if is_new:
            EmbeddedPostgres(directory).destroy()
            marker.unlink()
        raise
    marker.unlink(missing_ok=True)
