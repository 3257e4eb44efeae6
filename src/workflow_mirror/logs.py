"""Logs: one event a line on standard error, for people or as JSON.

Secrets never get here: no module logs a request, a header, a task's parameters or a form. Texts
from Zuora are data, so control characters in them are escaped, and no log line can be forged.
"""

import io
import logging.config
import sys
from collections.abc import Iterator
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
        "handlers": {"stderr": {"()": StandardError, "formatter": "line"}},
        "loggers": {
            "": {"handlers": ["stderr"], "level": "WARNING"},
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
