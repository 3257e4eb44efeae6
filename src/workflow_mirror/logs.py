"""Logs: one event a line on standard error, for people or as JSON.

Secrets never get here: no module logs a request, a header, a task's parameters or a form. Texts
from Zuora are data, so control characters in them are escaped, and no log line can be forged.
"""

import logging.config
import sys
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


def _renderers(log_format: str) -> list[structlog.typing.Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # structlog's own choice for traces shows local variables, and with them secrets.
    plain = structlog.dev.plain_traceback
    return [
        _escape_control_characters,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain),
    ]


def _escape_control_characters(
    _logger: Any, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {
        key: value if not isinstance(value, str) or value.isprintable() else ascii(value)[1:-1]
        for key, value in event.items()
    }
