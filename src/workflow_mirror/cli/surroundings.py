"""The environment of a process: streams that may be closed or not UTF-8, and signals."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

SECONDS_BEFORE_SENT_AGAIN = 0.05


def settle() -> None:
    """Make output safe, and let SIGTERM and SIGHUP end the process as Ctrl-C does.

    So the embedded database is not left running when a terminal closes or a service stops.
    """
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # a test's replacement
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # see the line above
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # nohup ignores SIGHUP
            signal.signal(number, _leave)
    sys.unraisablehook = _unraisable


def flush_output() -> None:
    """Raises OSError if the reader is gone or the disk is full."""
    sys.stdout.flush()


def abandon_output() -> None:
    """Discard unwritten output; otherwise Python reports the error again at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def leave_at_once(code: int) -> NoReturn:
    """End the process without waiting for threads that still run, as Python would."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _fill_closed_streams() -> None:
    """Open closed streams; otherwise the next opened file gets the number of a closed stream."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    sys.stdin = sys.stdin or os.fdopen(0, "r", encoding="utf-8", closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", encoding="utf-8", closefd=False)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise _Leaving(number)


class _Leaving(SystemExit):
    """The exit that a signal asks for."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.number = number


def _unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """Send a signal again whose exception was ignored: Python drops what is raised in a weak
    reference's callback or a finaliser, of which an import runs many.
    """
    ignored = unraisable.exc_value
    if isinstance(ignored, _Leaving):
        _send_again(ignored.number)
    elif isinstance(ignored, KeyboardInterrupt):
        _send_again(signal.SIGINT)
    else:
        sys.__unraisablehook__(unraisable)


def _send_again(number: int) -> None:
    """A moment later, when the callback has ended. The handler may be another by then."""
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    signal.setitimer(signal.ITIMER_REAL, SECONDS_BEFORE_SENT_AGAIN)
