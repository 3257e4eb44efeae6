"""The worker processes: disturbs them, and replaces each that ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.chaos.plan import Decision

COMMAND = (sys.executable, "-m", "workflow_mirror", "queue", "work")
CONCURRENCY = 4
PATIENCE = 2.0
SECONDS_BETWEEN_LOOKS = 0.02
SECONDS_TO_END = 60.0
TAKEN_FOR_DEAD = 75
STARTED = "Worker started"
NO_DATABASE = "zwm: The database "

# What is done to a worker, and how often relative to the others.
BLOWS = {"kill": 3, "freeze for long": 3, "freeze shortly": 2, "terminate": 2, "terminate twice": 1}
# How many SIGTERMs each of them is.
TERMINATE = dict.fromkeys(BLOWS, 0) | {"terminate": 1, "terminate twice": 2}


@dataclass
class Worker:
    """One process. `wake_at`: it is frozen until then."""

    process: subprocess.Popen[bytes]
    log: Path
    blows: list[str] = field(default_factory=list)
    wake_at: float | None = None


@dataclass(frozen=True)
class End:
    """How a process has ended; `at` is in monotonic seconds, no earlier than it was."""

    pid: int
    at: float
    code: int
    blows: tuple[str, ...]
    log: Path

    @property
    def is_explained(self) -> bool:
        """Whether something that was done to it, or to the database, makes a worker end so."""
        if self.code == TAKEN_FOR_DEAD:
            return True
        if self.code == 1:  # it came while the database was away
            return NO_DATABASE in self.said
        if self.code == -signal.SIGKILL:
            return "kill" in self.blows
        asked = sum(TERMINATE[blow] for blow in self.blows)
        if self.code == 0:
            return asked > 0
        # One is enough before the worker has set up what it does about signals.
        enough = 2 if STARTED in self.said else 1
        return self.code in {-signal.SIGTERM, 128 + signal.SIGTERM} and asked >= enough

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


class Crew:
    """So many workers, as long as the block runs; then they are asked to end."""

    def __init__(self, size: int, logs: Path, stalled_after: float) -> None:
        self.ends: list[End] = []
        self.done: Counter[str] = Counter()
        self._logs = logs
        self._stalled_after = stalled_after
        self._size = size
        self._started = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._workers: list[Worker] = []
        self._keeper = threading.Thread(target=self._keep, name="keeper")

    def __enter__(self) -> Self:
        self._workers = [self._start() for _ in range(self._size)]
        self._keeper.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        self._keeper.join()
        self.calm()
        for worker in self._workers:
            worker.blows.append("terminate")
            worker.process.terminate()
        for worker in self._workers:
            try:
                worker.process.wait(SECONDS_TO_END)
            except subprocess.TimeoutExpired:
                worker.process.kill()  # and its exit code shows it
                worker.process.wait()
            self._note_end(worker)

    def strike(self, decision: Decision) -> None:
        with self._lock:
            worker = decision.random.choice(self._workers)
            worker.blows.append(decision.what)
            self.done[decision.what] += 1
            if decision.what == "kill":
                worker.process.kill()
            elif decision.what.startswith("terminate"):
                self._terminate(worker, twice=decision.what.endswith("twice"))
            else:
                shares = (1.2, 2.5) if decision.what == "freeze for long" else (0.1, 0.8)
                self._freeze(worker, decision.random.uniform(*shares) * self._stalled_after)

    def calm(self) -> None:
        """Wake up whoever is frozen."""
        with self._lock:
            for worker in self._workers:
                self._wake(worker)

    def _terminate(self, worker: Worker, *, twice: bool) -> None:
        worker.process.terminate()
        if twice:
            time.sleep(0.1)  # two at once would be one
            worker.process.terminate()

    def _freeze(self, worker: Worker, seconds: float) -> None:
        worker.process.send_signal(signal.SIGSTOP)
        worker.wake_at = max(worker.wake_at or 0.0, time.monotonic() + seconds)

    def _wake(self, worker: Worker) -> None:
        worker.wake_at = None
        worker.process.send_signal(signal.SIGCONT)

    def _keep(self) -> None:
        while not self._closing.wait(SECONDS_BETWEEN_LOOKS):
            with self._lock:
                for place, worker in enumerate(self._workers):
                    if worker.process.poll() is not None:
                        self._note_end(worker)
                        self._workers[place] = self._start()
                    elif worker.wake_at and time.monotonic() >= worker.wake_at:
                        self._wake(worker)

    def _start(self) -> Worker:
        self._started += 1
        log = self._logs / f"worker-{self._started}.log"
        options = ("--concurrency", str(CONCURRENCY), "--patience", str(PATIENCE))
        with log.open("wb") as stream:
            # A session of its own: Ctrl-C is for whoever watches this, who then ends the workers.
            process = subprocess.Popen(
                [*COMMAND, *options],
                env={**os.environ, "ZWM_STALLED_AFTER": str(self._stalled_after)},
                stdout=stream,
                stderr=stream,
                start_new_session=True,
            )
        return Worker(process, log)

    def _note_end(self, worker: Worker) -> None:
        code, blows = worker.process.returncode, tuple(worker.blows)
        self.ends.append(End(worker.process.pid, time.monotonic(), code, blows, worker.log))
