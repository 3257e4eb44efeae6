"""Logs: one event a line on standard error, for people or as JSON.

Secrets never get here: no module logs a request, a header, a task's parameters or a form. Texts
from Zuora are data, so control characters in them are escaped, and no log line can be forged.
"""

import io
import logging.config
import sys
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import structlog

SHARED_PROCESSORS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now: a live progress bar takes its place for a while."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


class OnceAMinute(logging.Filter):
    """Of alike lines that clients of the web server can cause, one a minute gets through.

    Lines are alike if one place in the code logs them with the same error. The next one that gets
    through says how many were left out.
    """

    CAUSED_BY_CLIENTS = ("asyncio", "django", "uvicorn", "workflow_mirror.web.limits")
    SECONDS = 60.0

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._seen: dict[Hashable, tuple[float, int]] = {}  # when one got through, how many did not

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
    """Not the message: some hold what a client has sent."""
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
        "filters": {"once a minute": {"()": OnceAMinute}},
        "handlers": {
            "stderr": {"()": StandardError, "formatter": "line", "filters": ["once a minute"]}
        },
        "loggers": {
            "": {"handlers": ["stderr"], "level": "WARNING"},
            "axes": {"level": "ERROR"},  # web/log_ins.py says more
            "workflow_mirror": {"level": level},
            "django": {"level": "WARNING"},
        },
    }


def configure(settings: dict[str, Any]) -> None:
    """Route structlog's and everybody else's log lines to the same handler."""
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


@contextmanager
def quiet() -> Iterator[None]:
    """For what is done over and over before a user sees anything of it."""
    ours = logging.getLogger("workflow_mirror")
    level = ours.level
    ours.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        ours.setLevel(level)


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # Values are shown as Python writes them, which escapes what a terminal would obey.
    console = structlog.dev.ConsoleRenderer(
        colors=False, repr_native_str=True, exception_formatter=_write_trace
    )
    return [_escape_event, console]


def _write_trace(output: TextIO, error: structlog.typing.ExcInfo) -> None:
    """A plain trace. structlog's own choice shows local variables, and with them secrets."""
    trace = io.StringIO()
    structlog.dev.plain_traceback(trace, error)
    output.write("\n".join(map(_escaped, trace.getvalue().split("\n"))))


def _escape_event(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**event, "event": _escaped(str(event.get("event", "")))}


def _escaped(line: str) -> str:
    return line if line.isprintable() else ascii(line)[1:-1]
