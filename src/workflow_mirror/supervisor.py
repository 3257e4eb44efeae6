"""Runs several `zwm` processes together: starts them, restarts any that dies or hangs, and stops
them.

Each child runs in its own session, so Ctrl-C on the terminal reaches this process only, which then
decides how the children end. Each child knows its parent and exits when the parent is gone (see
`live_with_parent`): even after SIGKILL no child is left behind. The same thread of the child writes
to a pipe continuously; a child that stops writing is stopped or stuck, and is replaced.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_LOOKS = 0.2
# A child that dies soon after its start is restarted after increasingly long pauses.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
SECONDS_TO_BE_WELL = 30.0
# A child that is silent for this long counts as hung. Generous, for machines that swap.
LONGEST_SILENCE = 60.0
# The pause between two checks counts for at most this long. During the rest of a longer pause, this
# process was not running, and perhaps the child was not either: the machine may have been
# suspended.
LONGEST_GAP = 1.0
# Longer than a worker waits for its running syncs.
PATIENCE = 45.0
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL)


class Child:
    """A `zwm` command that must always be running."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._pulse = _Pulse()
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = FIRST_PAUSE

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep_alive(self) -> None:
        """Kill the process if it hangs. Start it, or restart it after a pause if it has ended."""
        if self.is_alive:
            if self._pulse.is_missing():
                log.error("A process hangs; it is killed", process=self.name)
                self.send(signal.SIGKILL)  # the only signal that ends a stopped process
            return
        if self._process is not None:
            self._note_end(self._process.returncode)
        if time.monotonic() >= self._start_at:
            self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "workflow_mirror", "--child-of", str(os.getpid())]
        with self._pulse.passed_on() as pulse:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                [*command, "--pulse", str(pulse), *self._arguments],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                pass_fds=[pulse],
            )
        self._started_at = time.monotonic()

    def send(self, number: int) -> None:
        if self._process is not None and self.is_alive:
            self._process.send_signal(number)

    def _note_end(self, code: int) -> None:
        if time.monotonic() - self._started_at > SECONDS_TO_BE_WELL:
            self._pause = FIRST_PAUSE
        log.warning("A process has ended; it starts again", process=self.name, code=code)
        self._process, self._start_at = None, time.monotonic() + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)


class _Pulse:
    """The pipe for a child's heartbeat."""

    def __init__(self) -> None:
        self._reading: int | None = None
        self._silence = 0.0
        self._looked_at = 0.0

    @contextmanager
    def passed_on(self) -> Iterator[int]:
        """Open a new pipe; yields its write end for the child that is started inside the block."""
        if self._reading is not None:
            os.close(self._reading)
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        os.set_blocking(writing, False)
        self._silence, self._looked_at = 0.0, time.monotonic()
        try:
            yield writing
        finally:
            os.close(writing)

    def is_missing(self) -> bool:
        """Whether the last heartbeat is too old; if so, the timer restarts."""
        now = time.monotonic()
        self._silence += min(now - self._looked_at, LONGEST_GAP)
        self._looked_at = now
        with suppress(BlockingIOError):
            if self._reading is not None and os.read(self._reading, 65536):
                self._silence = 0.0
        missing = self._silence > LONGEST_SILENCE
        if missing:
            self._silence = 0.0
        return missing


class Supervisor:
    """Keeps its children running, and calls `beside` between two checks of them.

    `beside` returns whether all is well; if not, it is called again after increasingly long pauses.
    """

    def __init__(self, *children: Child, beside: Callable[[], bool] = lambda: True) -> None:
        self._children = children
        self._beside = beside
        self._beside_at = 0.0
        self._beside_pause = FIRST_PAUSE
        self._signals = 0

    def run(self) -> None:
        """Run until Ctrl-C or SIGTERM. A second signal hurries the children, a third kills them."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP
                signal.signal(number, self._note)
        try:
            while not self._signals:
                for child in self._children:
                    child.keep_alive()
                self._look_beside()
                time.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            self._stop()

    def _look_beside(self) -> None:
        if time.monotonic() < self._beside_at:
            return
        if self._beside():
            self._beside_pause = FIRST_PAUSE
        else:
            self._beside_at = time.monotonic() + self._beside_pause
            self._beside_pause = min(self._beside_pause * 2, LONGEST_PAUSE)

    def _stop(self) -> None:
        deadline = time.monotonic() + PATIENCE
        sent = 0
        while any(child.is_alive for child in self._children):
            wanted = len(ENDING_SIGNALS) if time.monotonic() > deadline else max(1, self._signals)
            for number in ENDING_SIGNALS[sent:wanted]:
                for child in self._children:
                    child.send(number)
            sent = max(sent, wanted)
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1


def live_with_parent(parent: int, pulse: int) -> None:
    """Send heartbeats to `parent`, which started this process, through the pipe `pulse`; end as
    on SIGTERM when the parent is gone, and as on SIGKILL if that takes too long.
    """
    os.set_inheritable(pulse, False)

    def watch() -> None:
        while os.getppid() == parent:
            # The pipe is full while the parent is stopped, and broken just after the parent ends.
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(pulse, b".")
            time.sleep(SECONDS_BETWEEN_LOOKS)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="parent", daemon=True).start()
