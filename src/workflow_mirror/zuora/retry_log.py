"""Every wait before another try is a line in the log."""

import structlog

from workflow_mirror.zuora.errors import TryAgainError

log = structlog.get_logger(__name__)


def log_retry(error: TryAgainError, *, retry: int, wait: float) -> None:
    """`retry` counts from 1; `wait` in seconds."""
    log.warning(
        "Asking Zuora again after a wait",
        reason=str(error),
        retry=retry,
        wait_seconds=round(wait, 1),
    )
