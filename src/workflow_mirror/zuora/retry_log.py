"""Every wait before another try is a line in the log."""

import structlog
from stamina.instrumentation import RetryDetails

from workflow_mirror.zuora.errors import ZuoraError

log = structlog.get_logger(__name__)


def log_retry(details: RetryDetails) -> None:
    """A stamina hook. Only our own errors are known to hold nothing secret."""
    error = details.caused_by
    log.warning(
        "Asking Zuora again after a wait",
        reason=str(error) if isinstance(error, ZuoraError) else type(error).__name__,
        retry=details.retry_num,
        wait_seconds=round(details.wait_for, 1),
    )
