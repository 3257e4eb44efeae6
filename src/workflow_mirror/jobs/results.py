"""How a sync ended, told instead of raised: for a caller that syncs several customers in turn."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection

from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.models import Customer
from workflow_mirror.sync.errors import CustomerRemovedError, SyncError
from workflow_mirror.sync.service import Progress, WorkflowSyncService
from workflow_mirror.sync.stats import SyncStats
from workflow_mirror.zuora.errors import ZuoraError

log = structlog.get_logger(__name__)


class Status(StrEnum):
    SUCCEEDED = "succeeded"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    FAILED = "failed"


@dataclass(frozen=True)
class SyncResult:
    """`error` is one line for the user; `stats` count what was done until it happened."""

    customer: str
    status: Status
    stats: SyncStats
    error: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "customer": self.customer,
            "status": self.status.value,
            "stats": self.stats,
            "error": self.error,
        }


def sync_and_tell(
    customer: Customer,
    *,
    full: bool = False,
    allow_mass_delete: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> SyncResult:
    """Sync one customer. Whatever goes wrong is in the result; a bug is logged with its trace."""
    service = WorkflowSyncService(on_progress=on_progress)
    with structlog.contextvars.bound_contextvars(customer_id=customer.pk):
        try:
            _refresh(customer)
            stats = service.sync_customer_workflows(
                customer, full=full, allow_mass_delete=allow_mass_delete
            )
        except Exception as error:  # noqa: BLE001 - the next customer must get its turn
            return SyncResult(customer.name, Status.FAILED, service.stats, _one_line(error))
    status = Status.COMPLETED_WITH_ERRORS if stats["errors"] else Status.SUCCEEDED
    return SyncResult(customer.name, status, stats)


def _refresh(customer: Customer) -> None:
    """Others may have had their turn for hours: the credentials count that are stored now."""
    try:
        customer.refresh_from_db()
    except Customer.DoesNotExist as error:
        raise CustomerRemovedError(customer.name) from error


def _one_line(error: Exception) -> str:
    if isinstance(error, ZuoraError | SyncError | DecryptionError):
        return str(error)
    if isinstance(error, DatabaseError | InterfaceError):
        connection.close()  # the next customer begins on a new one
        reason, *_ = [*str(error).splitlines(), ""]  # the lines below it can repeat data
        return f"The database failed during the sync; run it again ({reason[:200]})"
    log.error("Bug in the sync", exc_info=error)
    return f"A bug stopped the sync ({type(error).__name__}); the log has its trace"
