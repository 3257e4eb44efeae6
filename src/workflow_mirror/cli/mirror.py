"""The mirror, for a command that needs it. Help and completion are quicker without Django."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def opened(*, migrated: bool = True, known: bool = True) -> Iterator[None]:
    """See `database.ready`; models can be imported inside the block."""
    gc.disable()  # loading makes many objects and no garbage; looking for it takes a tenth longer
    try:
        from workflow_mirror import database

        with database.ready(migrated=migrated, known=known):
            gc.freeze()  # what is loaded stays: searching it once more, at exit, takes longest
            gc.enable()
            yield
    finally:
        gc.enable()
