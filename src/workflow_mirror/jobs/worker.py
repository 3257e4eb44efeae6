"""A worker process: works the queue, gives signs of life, and looks after dead colleagues."""

import asyncio
import threading
from datetime import timedelta

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.jobs import engine, reaper
from workflow_mirror.jobs.lease import Lease, beat_interval

log = structlog.get_logger(__name__)

# What running jobs get to end after a signal, before they are given back.
PATIENCE = timedelta(seconds=30)


def work(*, concurrency: int, one_shot: bool = False) -> None:
    """Work the queue until a signal, or with `one_shot` until nothing is due."""
    with Lease(concurrency) as lease, _Reaper():
        log.info("Worker started", worker=lease.name, concurrency=concurrency)
        asyncio.run(
            engine.work(
                name=lease.name,
                concurrency=concurrency,
                one_shot=one_shot,
                patience=PATIENCE,
                context={"lease": lease},
            )
        )
        log.info("Worker stopped", worker=lease.name)


class _Reaper:
    """Reaps once at the start, so that a one-shot worker does too, and then from time to time."""

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._reap_on, name="reaper", daemon=True)

    def __enter__(self) -> None:
        reaper.reap()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _reap_on(self) -> None:
        while not self._stopped.wait(beat_interval()):
            try:
                reaper.reap()
            except (DatabaseError, InterfaceError) as error:
                log.warning("The database is away", reason=type(error).__name__)
                connection.close()
        connection.close()
