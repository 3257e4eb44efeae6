"""Opens the mirror for commands that need it. Without Django, help and completion are faster."""

import gc
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def opened(*, migrated: bool = True, known: bool = True) -> Iterator[None]:
    """See `database.ready`; models can be imported inside the block."""
    gc.disable()  # loading creates many objects and no garbage; collecting takes a tenth longer
    _import_structlog_alone()
    try:
        from workflow_mirror import database

        with by_os_user(), database.ready(migrated=migrated, known=known):
            gc.freeze()  # loaded objects stay: scanning them again, at exit, takes longest
            gc.enable()
            yield
    finally:
        gc.enable()


def _import_structlog_alone() -> None:
    """Where it finds Rich, structlog imports it for stack traces that we write without it
    (logs.py): a tenth of what a command loads.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]  # makes its import fail
    try:
        import structlog  # noqa: F401 - imported for what it leaves out
    finally:
        del sys.modules["rich"]


@contextmanager
def by_os_user() -> Iterator[None]:
    """What is recorded inside is recorded as done by whoever started the command."""
    from workflow_mirror.audit.actors import Actor, acting

    with acting(Actor(_os_user)):
        yield


def _os_user() -> str:
    """As the audit log names whoever started the command."""
    try:
        return f"cli:{getpass.getuser()}"
    except OSError:  # a number without an entry, as in a container
        return f"cli:{os.getuid()}"
