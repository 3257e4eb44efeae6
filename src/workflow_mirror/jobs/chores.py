"""What a process does from time to time beside its work, in a thread of its own."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.jobs.errors import EngineError
from workflow_mirror.jobs.lease import SECONDS_TO_STOP, Lease

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Chore:
    """Done once at the start, so that a process that soon ends does it too, then every so often."""

    do: Callable[[], object]
    seconds_between: float


class Chores:
    """Does chores while the block runs. A database that is away only delays them."""

    def __init__(self, *chores: Chore, lease: Lease | None = None) -> None:
        self._due = dict.fromkeys(chores, 0.0)
        self._lease = lease
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._do_on, name="chores", daemon=True)

    def __enter__(self) -> Self:
        self._do_due()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(SECONDS_TO_STOP)

    def _do_on(self) -> None:
        shortest = min(chore.seconds_between for chore in self._due)
        while not self._stopped.wait(shortest):
            if self._lease:
                self._lease.check()  # one that was frozen has nothing to say about others
            try:
                self._do_due()
            except (DatabaseError, InterfaceError, EngineError) as error:
                log.warning("The database is away", reason=type(error).__name__)
                connection.close()
            except Exception:
                log.exception("Bug in a chore")
        connection.close()

    def _do_due(self) -> None:
        for chore, due in self._due.items():
            if time.monotonic() >= due:
                self._due[chore] = time.monotonic() + chore.seconds_between
                chore.do()
