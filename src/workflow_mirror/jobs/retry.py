"""What becomes of a job whose sync raised an error: the answer is the error's kind."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError

from workflow_mirror.error_texts import is_out_of_resources
from workflow_mirror.sync.errors import AlreadySyncingError, LostLockError, SyncStoppedError
from workflow_mirror.zuora.errors import TryAgainError


class GiveBackError(SyncStoppedError):
    """The worker has to stop: the job goes back into the queue, as if never begun."""


class CancelledError(SyncStoppedError):
    """Somebody asked to cancel the job while it ran."""


@dataclass(frozen=True)
class Verdict:
    """`again_in`: try again after so long; None: it has failed. `costs_a_try`: counts as one."""

    again_in: timedelta | None
    costs_a_try: bool = True


FAILED = Verdict(None)
# Another process syncs the customer just now; it should be done soon.
BUSY_PAUSE = timedelta(seconds=5)


def judge(error: Exception, attempt: int) -> Verdict:
    """`attempt` counts from 1. Errors that a retry cannot mend fail at once: bugs, and
    rows that the database refuses.

    A database that is away, full or out of connections is not the job's fault: it waits, and keeps
    its tries.
    """
    if isinstance(error, GiveBackError):
        return Verdict(timedelta(0), costs_a_try=False)
    if is_out_of_resources(error):
        return Verdict(_backoff(), costs_a_try=False)
    if isinstance(error, AlreadySyncingError):
        return Verdict(BUSY_PAUSE, costs_a_try=False)
    if not isinstance(error, TryAgainError | LostLockError | OperationalError | InterfaceError):
        return FAILED
    if attempt >= settings.ZWM_SYNC_TRIES:
        return FAILED
    return Verdict(max(_backoff(), _asked_for(error)))


def _backoff() -> timedelta:
    return timedelta(seconds=settings.ZWM_SYNC_BACKOFF)


def _asked_for(error: Exception) -> timedelta:
    """As long as Zuora asked to wait, where it did; a day at the most."""
    wait = error.retry_after if isinstance(error, TryAgainError) else None
    return timedelta(seconds=min(wait or 0.0, 86_400.0))
