"""Opens the mirror for commands that need it. Without Django, help and completion are faster."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def opened(*, migrated: bool = True, known: bool = True) -> Iterator[None]:
    """See `database.ready`; models can be imported inside the block."""
    gc.disable()  # loading creates many objects and no garbage; collecting takes a tenth longer
    try:
        from workflow_mirror import database

        with database.ready(migrated=migrated, known=known):
            gc.freeze()  # loaded objects stay: scanning them again, at exit, takes longest
            gc.enable()
            yield
    finally:
        gc.enable()
