"""The kinds of job that bring the mirror up to date.

Registered at every start, so what they need to work is imported when they do.
"""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.kinds import Kind
from workflow_mirror.jobs.work import Work
from workflow_mirror.sync.errors import AlreadySyncingError, LostLockError
from workflow_mirror.zuora.errors import TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workflow_mirror.sync.service import Progress


def key_of(customer: Customer) -> str:
    """Of all jobs that sync this customer: one runs at a time, and one waits to be joined."""
    return f"sync-{customer.pk}"


def sync(work: Work, on_progress: "Callable[[Progress], None]" = lambda _: None) -> None:
    from workflow_mirror.sync.handler import run_sync

    run_sync(work, on_progress, **work.run.arguments)


def _retry_failed_exports(work: Work) -> None:
    from workflow_mirror.sync.handler import run_sync

    run_sync(work, failed_only=True)


def _tries() -> int:
    return settings.ZWM_SYNC_TRIES


def _backoff() -> timedelta:
    return timedelta(seconds=settings.ZWM_SYNC_BACKOFF)


RETRY_FAILED_EXPORTS = Kind(
    name="retry_failed_exports",
    title="retry failed exports",
    label=_("retry failed exports"),
    handler=_retry_failed_exports,
    tries=_tries,
    backoff=_backoff,
    temporary=(TryAgainError, LostLockError),
    busy=(AlreadySyncingError,),
)
SYNC = replace(
    RETRY_FAILED_EXPORTS,  # the same errors, tries and pauses
    name="sync",
    title="sync customer workflows",
    label=_("sync"),
    handler=sync,
    includes=frozenset({RETRY_FAILED_EXPORTS.name}),
    after_errors=RETRY_FAILED_EXPORTS.name,
    for_one_try=frozenset({"allow_mass_delete"}),
)
SYNC_KINDS = (SYNC.name, RETRY_FAILED_EXPORTS.name)
"""The names of the kinds that bring a mirror up to date."""
