"""Logs: one event per line on standard error, human-readable or as JSON.

Secrets are never logged: no module logs a request, a header, a task's parameters or a form. Control
characters in texts from Zuora are escaped, so log lines cannot be forged.
"""

import logging.config
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

from workflow_mirror.error_texts import error_text, error_traceback

SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to the current `sys.stderr`, which a live progress bar replaces temporarily."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


class OnceAMinute(logging.Filter):
    """Limits similar lines that clients of the web server can cause to one per minute.

    Lines are similar if the same place in the code logs them with the same error. The next line
    that is logged says how many were left out.
    """

    CAUSED_BY_CLIENTS = ("asyncio", "django", "uvicorn", "workflow_mirror.server.limits")
    SECONDS = 60.0

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._seen: dict[Hashable, tuple[float, int]] = {}  # last time logged, number left out

    def filter(self, record: logging.LogRecord) -> bool:
        if not any(f"{record.name}.".startswith(f"{one}.") for one in self.CAUSED_BY_CLIENTS):
            return True
        kind, now = _kind(record), self._now()
        shown_at, left_out = self._seen.get(kind, (-self.SECONDS, 0))
        if now - shown_at < self.SECONDS:
            self._seen[kind] = (shown_at, left_out + 1)
            return False
        self._seen[kind] = (now, 0)
        if left_out:
            _add_count(record, left_out)
        return True


def _kind(record: logging.LogRecord) -> Hashable:
    """Identifies similar lines. Ignores the message, which may contain text sent by a client."""
    error = None
    if record.exc_info and (trace := record.exc_info[2]):
        while trace.tb_next:
            trace = trace.tb_next
        error = (record.exc_info[0], trace.tb_frame.f_code, trace.tb_lineno)
    status = getattr(record, "status_code", None)
    return record.name, record.levelno, record.pathname, record.lineno, status, error


def _add_count(record: logging.LogRecord, left_out: int) -> None:
    if isinstance(record.msg, dict):  # structlog's
        record.msg = {**record.msg, "left_out": left_out}
    else:
        record.msg = f"{record.msg} ({left_out} like it were left out)"


def logging_settings(log_format: str, level: str = "INFO") -> dict[str, Any]:
    """A `logging.config` dictionary; `log_format` is `console` or `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderers(log_format),
                ],
                "foreign_pre_chain": SHARED_PROCESSORS,
            }
        },
        "filters": {"once a minute": {"()": OnceAMinute}, "one line": {"()": OneLineErrors}},
        "handlers": {
            "stderr": {"()": StandardError, "formatter": "line", "filters": ["once a minute"]},
            "one line": {"()": StandardError, "formatter": "line", "filters": ["one line"]},
        },
        "loggers": {
            "": {"handlers": ["stderr"], "level": "WARNING"},
            "axes": {"level": "ERROR"},  # web/people/log_ins.py says more
            "workflow_mirror": {"level": level},
            "procrastinate": {"handlers": ["one line"], "level": "WARNING", "propagate": False},
            "django": {"level": "WARNING"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Route the log lines of structlog and of all other loggers to the same handler."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED_PROCESSORS,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def report_uncaught_errors() -> None:
    """Log uncaught exceptions of threads; Python would print their text and local data."""

    def report(uncaught: threading.ExceptHookArgs) -> None:
        if uncaught.exc_value is not None and not isinstance(uncaught.exc_value, SystemExit):
            thread = uncaught.thread.name if uncaught.thread else ""
            log = structlog.get_logger(__name__)
            log.error("A thread ended with an error", thread=thread, exc_info=uncaught.exc_value)

    threading.excepthook = report


class OneLineErrors(logging.Filter):
    """Puts the error into the line, for a library that logs a stack trace each time."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg = f"{record.getMessage().split(':')[0]}: {error_text(record.exc_info[1])}"
            record.args, record.exc_info = (), None
        return True


@contextmanager
def quiet() -> Iterator[None]:
    """For steps that are repeated many times before a user sees any result."""
    ours = logging.getLogger("workflow_mirror")
    level = ours.level
    ours.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        ours.setLevel(level)


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        render_error = structlog.processors.ExceptionRenderer(lambda info: error_traceback(info[1]))
        return [render_error, structlog.processors.JSONRenderer()]
    # Values are shown as Python literals, which escapes terminal control sequences.
    console = structlog.dev.ConsoleRenderer(
        colors=False, repr_native_str=True, exception_formatter=_write_traceback
    )
    return [_escape_event, console]


def _write_traceback(output: TextIO, error: structlog.typing.ExcInfo) -> None:
    """Replaces structlog's formatter, which shows texts and local variables, and so secrets."""
    lines = error_traceback(error[1]).rstrip().split("\n")
    output.write("\n" + "\n".join(map(_escaped, lines)))


def _escape_event(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**event, "event": _escaped(str(event.get("event", "")))}


def _escaped(line: str) -> str:
    return line if line.isprintable() else ascii(line)[1:-1]
