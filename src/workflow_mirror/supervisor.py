"""Several `zwm` processes run as one: started together, again when one dies, stopped together.

Children are sessions of their own, so that Ctrl-C on the terminal reaches this process alone, and
it decides how they end. Each is told who its parent is and ends by itself when that is gone (see
`end_with_parent`): even after SIGKILL none is left behind.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

import structlog

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_LOOKS = 0.2
# A child that dies soon after its start is started again after longer and longer pauses.
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
SECONDS_TO_BE_WELL = 30.0
# Longer than what a worker gives its running syncs.
PATIENCE = 45.0
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL)


class Child:
    """A `zwm` command that is to run all the time."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "workflow_mirror", "--child-of", str(os.getpid())]
        self._command += arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._pause = FIRST_PAUSE

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def keep_alive(self) -> None:
        """Start it, or start it again when it has ended and a pause is over."""
        if self.is_alive:
            return
        if self._process is not None:
            self._note_end(self._process.returncode)
        if time.monotonic() >= self._start_at:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self._command, stdin=subprocess.DEVNULL, start_new_session=True
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


class Supervisor:
    """Keeps its children running; `beside` is called between two looks at them."""

    def __init__(self, *children: Child, beside: Callable[[], None] = lambda: None) -> None:
        self._children = children
        self._beside = beside
        self._signals = 0

    def run(self) -> None:
        """Until Ctrl-C or SIGTERM. A second one hurries the children, a third one kills them."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores one
                signal.signal(number, self._note)
        try:
            while not self._signals:
                for child in self._children:
                    child.keep_alive()
                self._beside()
                time.sleep(SECONDS_BETWEEN_LOOKS)
        finally:
            self._stop()

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


def end_with_parent(parent: int) -> None:
    """Let this process end as by SIGTERM when `parent`, which started it, is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(SECONDS_BETWEEN_LOOKS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
