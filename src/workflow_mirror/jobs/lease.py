"""The heartbeat of a worker process.

A worker without a heartbeat for ZWM_STALLED_AFTER seconds has expired, and its jobs go to others.
If it was only frozen (a stopped process, a suspended laptop), it must not continue when it wakes
up. So it checks the clock before it writes anything about a job, and exits if it has expired.
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
FROZEN = 75  # exit code of an expired worker: EX_TEMPFAIL in sysexits.h


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
    """Sends heartbeats from a background thread while the block runs.

    `check()` ends the process if the last heartbeat is so old that others may have taken over its
    jobs. It is called before anything is written about a job.
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
        # If this fails, or jobs are still running, the others expire this worker.
        with suppress(DatabaseError, InterfaceError):
            running = JobRun.objects.filter(worker=self.id, status=JobRun.Status.RUNNING)
            if not running.exists():
                WorkerProcess.objects.filter(pk=self.id).delete()

    def stop(self) -> None:
        """Stop the heartbeat."""
        self._stopped.set()
        self._thread.join(SECONDS_TO_STOP)

    def check(self) -> None:
        if self._now() - self._last_beat > settings.ZWM_STALLED_AFTER:
            log.error("This worker has expired and ends", worker=self.name)
            self._end()

    def beat(self) -> None:
        """Send one heartbeat. The process ends if the others have expired this worker."""
        self.check()
        before = self._now()
        if not WorkerProcess.objects.filter(pk=self.id).update(heartbeat_at=Now()):
            log.error("This worker was expired by the others and ends", worker=self.name)
            self._end()
        self._last_beat = before

    def _beat_on(self) -> None:
        while not self._stopped.wait(beat_interval()):
            try:
                self.beat()
            except (DatabaseError, InterfaceError):
                # The database is away. If it stays away for too long, `check` ends the process.
                connection.close()
        connection.close()


def beat_interval() -> float:
    """Seconds between two heartbeats: several may go missing."""
    return max(0.2, settings.ZWM_STALLED_AFTER / 6)


def stalled_before() -> timedelta:
    return timedelta(seconds=settings.ZWM_STALLED_AFTER)


def expiry_time() -> CombinedExpression:
    """A worker whose heartbeat is older than this moment has expired.

    The database's clock writes and judges heartbeats, so the clocks of hosts need not agree.
    """
    return Now() - stalled_before()
