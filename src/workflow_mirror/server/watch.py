"""Watches for a missing worker and stale mirrors, in the process of the web server.

Of several web processes one acts: the check takes a lock in the database, and each message is
claimed before it is sent.
"""

import threading
from typing import Self

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.error_texts import error_text
from workflow_mirror.notifications import dispatching

log = structlog.get_logger(__name__)

SECONDS_TO_STOP = 2.0


class Watch:
    """Looks in a background thread while the block runs. A database outage only delays it."""

    def __init__(self, seconds: float = dispatching.SECONDS_BETWEEN_CHECKS) -> None:
        self._seconds = seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(SECONDS_TO_STOP)

    def _look_on(self) -> None:
        while not self._stopped.wait(self._seconds):
            try:
                dispatching.stand_in()
            except (DatabaseError, InterfaceError) as error:
                log.warning("The watch failed; it looks again later", reason=error_text(error))
            except Exception:
                log.exception("Bug in the watch")
            finally:
                connection.close()
