"""Periodic tasks of a process, such as expiring workers, in a background thread."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.error_texts import error_text
from workflow_mirror.jobs.errors import EngineError
from workflow_mirror.jobs.lease import SECONDS_TO_STOP, Lease

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class MaintenanceTask:
    """Run once at the start, so that a short-lived process runs it too, then periodically."""

    do: Callable[[], object]
    seconds_between: float


class Maintenance:
    """Runs the tasks while the block runs. A database outage only delays them."""

    def __init__(self, *tasks: MaintenanceTask, lease: Lease | None = None) -> None:
        self._due = dict.fromkeys(tasks, 0.0)
        self._lease = lease
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._do_on, name="maintenance", daemon=True)

    def __enter__(self) -> Self:
        self._do_due()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(SECONDS_TO_STOP)

    def _do_on(self) -> None:
        shortest = min(task.seconds_between for task in self._due)
        while not self._stopped.wait(shortest):
            if self._lease:
                self._lease.check()  # a worker that was frozen must not judge others
            try:
                self._do_due()
            except (DatabaseError, InterfaceError, EngineError) as error:
                log.warning("Maintenance failed; it runs again later", reason=error_text(error))
                connection.close()
            except Exception:
                log.exception("Bug in a maintenance task")
        connection.close()

    def _do_due(self) -> None:
        for task, due in self._due.items():
            if time.monotonic() >= due:
                self._due[task] = time.monotonic() + task.seconds_between
                task.do()
