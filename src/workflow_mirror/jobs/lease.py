"""The sign of life of a worker process, and what it may do while it gives it.

A worker that gives no sign of life for ZWM_STALLED_AFTER seconds is taken for dead, and its jobs
go to others. If it was only frozen (a stopped process, a suspended laptop), it must not act as if
nothing had happened when it wakes up: its first act is to look at the clock, and its only one
then is to end.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Self
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from workflow_mirror.jobs.models import JobRun, WorkerProcess

log = structlog.get_logger(__name__)

SECONDS_TO_STOP = 2.0  # a database that hangs must not keep the process
FROZEN = 75  # the exit code of a worker that was taken for dead; sysexits calls it "temporary"


# Time spent suspended must count: other workers may have taken over meanwhile. `time.monotonic`
# stands still then. CLOCK_BOOTTIME is Linux's; elsewhere CLOCK_MONOTONIC is the best there is (on
# macOS it counts).
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def seconds_passed() -> float:
    """A clock that cannot be set and keeps running while the machine is suspended."""
    return time.clock_gettime(_CLOCK)


def end_process() -> None:
    sys.stderr.flush()
    os._exit(FROZEN)


class Lease:
    """Gives a heartbeat from a thread of its own while the block runs.

    `check()` ends the process if the heartbeat has been missing for so long that others may have
    taken over its jobs; it is called before anything is said about a job.
    """

    def __init__(
        self,
        concurrency: int,
        *,
        now: Callable[[], float] = seconds_passed,
        end: Callable[[], None] = end_process,
    ) -> None:
        self.id: UUID = uuid4()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._concurrency = concurrency
        self._now = now
        self._end = end
        self._stopped = threading.Event()
        self._last_beat = now()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        WorkerProcess.objects.create(
            id=self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            application_name=connection.settings_dict["OPTIONS"]["application_name"],
            concurrency=self._concurrency,
            started_at=Now(),
            heartbeat_at=Now(),
        )
        self._last_beat = self._now()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        # Where this fails, or jobs could not be given back, others find it without a heartbeat.
        with suppress(DatabaseError, InterfaceError):
            running = JobRun.objects.filter(worker=self.id, status=JobRun.Status.RUNNING)
            if not running.exists():
                WorkerProcess.objects.filter(pk=self.id).delete()

    def stop(self) -> None:
        """No more signs of life."""
        self._stopped.set()
        self._thread.join(SECONDS_TO_STOP)

    def check(self) -> None:
        if self._now() - self._last_beat > settings.ZWM_STALLED_AFTER:
            log.error("This worker was taken for dead; it ends", worker=self.name)
            self._end()

    def beat(self) -> None:
        """One sign of life. A worker that is no longer on the list has been given up."""
        self.check()
        before = self._now()
        if not WorkerProcess.objects.filter(pk=self.id).update(heartbeat_at=Now()):
            log.error("This worker was given up by the others; it ends", worker=self.name)
            self._end()
        self._last_beat = before

    def _beat_on(self) -> None:
        while not self._stopped.wait(beat_interval()):
            try:
                self.beat()
            except (DatabaseError, InterfaceError):
                # The database is away; if it stays away too long, `check` speaks.
                connection.close()
        connection.close()


def beat_interval() -> float:
    """Seconds between two signs of life: several may go missing."""
    return max(0.2, settings.ZWM_STALLED_AFTER / 6)


def stalled_before() -> timedelta:
    return timedelta(seconds=settings.ZWM_STALLED_AFTER)


def latest_of_the_stalled() -> CombinedExpression:
    """A worker whose heartbeat is older is taken for dead.

    The database's clock writes and judges heartbeats: those of two hosts need not agree.
    """
    return Now() - stalled_before()
