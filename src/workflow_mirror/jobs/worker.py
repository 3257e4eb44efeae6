"""A worker process: runs jobs from the queue, sends heartbeats, and expires lost workers.

The engine runs in a background thread. The main thread only waits, so that it can end the process
in time whatever hangs: a sync that waits for Zuora, a database that does not answer.
"""

import asyncio
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from types import FrameType
from typing import Any, Self

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.customers.keys import check_keys
from workflow_mirror.error_texts import error_text
from workflow_mirror.jobs import engine, kinds, prune, queries, reaper
from workflow_mirror.jobs.errors import EngineError, EngineUnavailableError
from workflow_mirror.jobs.lease import Lease, beat_interval
from workflow_mirror.jobs.maintenance import Maintenance, MaintenanceTask
from workflow_mirror.jobs.upgrade import UpgradeWatch

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_PRUNINGS = 3600.0

# How long running jobs may continue after a signal before they return to the queue.
PATIENCE = timedelta(seconds=30)
# How long a job may take to notice that it has to stop.
GRACE = timedelta(seconds=5)
SECONDS_TO_HAND_OVER = 5.0
SECONDS_BETWEEN_STARTS = 1.0
SECONDS_BETWEEN_LOOKS = 0.1
# An engine that has run for this long was not broken from the start.
SECONDS_OF_GOOD_WORK = 10.0
# One shot waits for jobs due this soon: a schedule's syncs start one second apart.
SOON = 1.5
SPARE_THREADS = 4
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Ending:
    """How a worker has ended.

    `stopped`: by a signal. `stuck`: some of its threads still run, so the process must exit.
    """

    code: int
    stopped: bool
    stuck: bool


def work(
    *,
    concurrency: int,
    one_shot: bool = False,
    patience: timedelta = PATIENCE,
    maintenance: tuple[MaintenanceTask, ...] = (),
) -> Ending:
    """Run jobs until a signal, or with `one_shot` until no job is due.

    After the first signal, running jobs may finish within `patience`; the others return to the
    queue. A second signal returns them at once. `maintenance` are tasks besides its own: expiring
    lost workers, and having old jobs deleted. Raises EngineError if the engine cannot work, and
    WrongKeysError before anything is started.
    """
    check_keys()
    upgrade = UpgradeWatch()
    own = (
        MaintenanceTask(reaper.reap, beat_interval()),
        MaintenanceTask(prune.request_if_needed, SECONDS_BETWEEN_PRUNINGS),
        MaintenanceTask(_clear_stalled_calls, SECONDS_BETWEEN_PRUNINGS),
        MaintenanceTask(upgrade.look, beat_interval()),
    )
    with (
        _Signals() as signals,
        Lease(concurrency) as lease,
        Maintenance(*own, *maintenance, lease=lease),
        ExitStack() as stack,
    ):
        helpers = [stack.enter_context(open_helper(concurrency)) for open_helper in kinds.helpers()]
        log.info("Worker started", worker=lease.name, concurrency=concurrency)
        serving = _Serving(
            {"lease": lease, "helpers": helpers},
            lease.name,
            concurrency,
            one_shot=one_shot,
            patience=patience,
        )
        serving.thread.start()
        _wait(serving, signals, patience, upgrade)
        stuck = serving.thread.is_alive()
        if stuck:
            _hand_over(lease)
        elif serving.error and not upgrade.refusal:
            raise serving.error
        log.info("Worker stopped", worker=lease.name)
        return Ending(1 if upgrade.refusal else signals.code, bool(signals.seen), stuck)


def _wait(
    serving: "_Serving", signals: "_Signals", patience: timedelta, upgrade: UpgradeWatch
) -> None:
    """Wait until the engine has ended, or its time to do so is over."""
    deadline = None
    while serving.thread.is_alive() and not signals.hurry:
        serving.thread.join(SECONDS_BETWEEN_LOOKS)
        if (signals.seen or upgrade.refusal) and deadline is None:
            log.info("Stopping; running jobs may finish", seconds=patience.total_seconds())
            serving.stop()
            deadline = time.monotonic() + (patience + GRACE).total_seconds()
        if deadline and time.monotonic() > deadline:
            return


def _hand_over(lease: Lease) -> None:
    """Return running jobs to the queue. If the database is away, others expire this worker."""

    def give_back() -> None:
        try:
            reaper.give_back_all(lease.id)
        except (DatabaseError, InterfaceError, EngineError) as error:
            log.warning("Jobs could not be returned to the queue", reason=error_text(error))
        connection.close()

    lease.stop()
    thread = threading.Thread(target=give_back, name="hand over", daemon=True)
    thread.start()
    thread.join(SECONDS_TO_HAND_OVER)


def _next_queued() -> tuple[int, float] | None:
    connection.close()  # it may have been cut while this thread had nothing to do
    return queries.next_queued()


def _report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What becomes of a job is decided without the engine, so an error of its own tasks, such as a
    lost connection, is one line.
    """
    error = context.get("exception")
    reason = error_text(error) if isinstance(error, Exception) else context["message"]
    log.warning("The job engine lost a task of its own", reason=reason)


def _clear_stalled_calls() -> None:
    """Jobs of lost workers. An engine that waits for its last jobs sends no heartbeat."""
    engine.clear_stalled(timedelta(hours=1))


class _Signals:
    """Counts the signals that ask the process to stop."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in STOPPING_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores one
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def hurry(self) -> bool:
        return len(self.seen) > 1

    @property
    def code(self) -> int:
        """0 unless a second signal cut the worker short."""
        return 128 + self.seen[1] if self.hurry else 0

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.seen.append(number)


class _Serving:
    """Runs the engine, and restarts it when its connections break, until it is stopped.

    It has a thread and is none: Python 3.14 gave Thread a `_context`, which ours would replace.
    If the engine fails for another reason, or does not recover within ZWM_STALLED_AFTER seconds,
    the worker ends and `error` says why: a heartbeat without an engine would hide the failure.
    """

    def __init__(
        self,
        context: dict[str, Any],
        worker: str,
        concurrency: int,
        *,
        one_shot: bool,
        patience: timedelta,
    ) -> None:
        self.thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self.error: Exception | None = None
        self._context = context
        self._worker = worker
        self._concurrency = concurrency
        self._one_shot = one_shot
        self._patience = patience
        self._begun = threading.Event()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        # What a one shot waits for, and since when.
        self._next, self._next_since = 0, 0.0

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - raised again by whoever joins the thread
            self.error = error

    def stop(self) -> None:
        self._stopping = True
        self._begun.wait()
        if self._loop and self._task:
            with suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._task.cancel)

    async def _serve(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._loop.set_exception_handler(_report)
        # Each job runs in a thread; the loop's default executor has too few.
        threads = self._concurrency + SPARE_THREADS
        self._loop.set_default_executor(ThreadPoolExecutor(threads, thread_name_prefix="job"))
        self._begun.set()
        with suppress(asyncio.CancelledError):
            broken_since: float | None = None
            while True:
                started = time.monotonic()
                reason = await self._work()
                if self._stopping:
                    return
                if self._one_shot:
                    if not await self._wait_for_next():
                        return
                    continue
                now = time.monotonic()
                if broken_since is None or now - started > SECONDS_OF_GOOD_WORK:
                    broken_since = now
                if now - broken_since > settings.ZWM_STALLED_AFTER:
                    raise EngineError(f"The job engine does not keep running. {reason}")
                log.warning("The job engine stopped; it starts again", reason=reason)
                await asyncio.sleep(SECONDS_BETWEEN_STARTS)

    async def _work(self) -> str:
        """Run the engine; returns why it stopped."""
        try:
            await engine.work(
                name=self._worker,
                concurrency=self._concurrency,
                one_shot=self._one_shot,
                patience=self._patience,
                heartbeat=beat_interval(),
                context=self._context,
            )
        except EngineUnavailableError as error:
            if self._one_shot:
                raise
            return error_text(error)
        return "See the log above"

    async def _wait_for_next(self) -> bool:
        """False where nothing is due soon. The engine's one shot does not wait for that.

        Raises EngineError where the same job stays due and does not begin.
        """
        found = await sync_to_async(_next_queued)()
        if found is None or found[1] > SOON:
            return False
        run_id, seconds = found
        if run_id != self._next:
            self._next, self._next_since = run_id, time.monotonic() + seconds
        if time.monotonic() - self._next_since > settings.ZWM_STALLED_AFTER:
            raise EngineError(reason=f"Job {run_id} is due and does not begin")
        await asyncio.sleep(max(SECONDS_BETWEEN_LOOKS, seconds))
        return True
