"""The outcome of a job whose handler raised an error depends on the error's kind."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import InterfaceError, OperationalError

from workflow_mirror.error_texts import is_out_of_resources
from workflow_mirror.jobs.errors import GiveBackError
from workflow_mirror.jobs.kinds import Kind


@dataclass(frozen=True)
class Verdict:
    """`again_in`: try again after so long; None: it has failed. `costs_a_try`: counts as one."""

    again_in: timedelta | None
    costs_a_try: bool = True


FAILED = Verdict(None)
# What keeps a job busy, such as another sync of its customer, should be over soon.
BUSY_PAUSE = timedelta(seconds=5)


def judge(kind: Kind, error: Exception, attempt: int) -> Verdict:
    """`attempt` counts from 1. Errors that a retry cannot mend fail at once: bugs, and
    rows that the database refuses.

    A database that is away, full or out of connections is not the job's fault: it waits, and keeps
    its tries.
    """
    if isinstance(error, GiveBackError):
        return Verdict(timedelta(0), costs_a_try=False)
    if is_out_of_resources(error):
        return Verdict(kind.backoff(), costs_a_try=False)
    if isinstance(error, kind.busy):
        return Verdict(max(BUSY_PAUSE, _asked_for(error)), costs_a_try=False)
    if not isinstance(error, (*kind.temporary, OperationalError, InterfaceError)):
        return FAILED
    if attempt >= kind.tries():
        return FAILED
    return Verdict(max(kind.backoff(), _asked_for(error)))


def _asked_for(error: Exception) -> timedelta:
    """As long as the other side, or the error's class, asked to wait; a day at the most."""
    wait: float | None = getattr(error, "retry_after", None)
    return timedelta(seconds=min(wait or 0.0, 86_400.0))
