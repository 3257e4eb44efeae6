"""What a process finds around itself: streams that may be closed or not UTF-8, and signals."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn


def settle() -> None:
    """Make output safe, and let a polite signal end the process as Ctrl-C does.

    So the embedded database is not left running when a terminal is closed or a service stopped.
    """
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # what a test puts there
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # as just said
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores one
            signal.signal(number, _leave)


def flush_output() -> None:
    """Raises OSError where the reader has gone or the disk is full."""
    sys.stdout.flush()


def abandon_output() -> None:
    """Forget what cannot be written; else Python complains about it once more at its end."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def leave_at_once(code: int) -> NoReturn:
    """End the process although threads of it still run, which Python would wait for."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _fill_closed_streams() -> None:
    """A closed stream's number would else go to the next file that is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    sys.stdin = sys.stdin or os.fdopen(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)
