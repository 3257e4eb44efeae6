"""Syncs that a command runs itself, without the queue. Each is recorded as a job run.

Such a run is tried once: the user who started the command sees the result and decides. It can be
monitored and cancelled like any other, and fails when its process is killed.
"""

from collections.abc import Callable
from functools import partial

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, connection

from workflow_mirror.customers.keys import check_keys
from workflow_mirror.customers.models import Customer
from workflow_mirror.database_advice import advised_text
from workflow_mirror.error_texts import error_text
from workflow_mirror.errors import SafeError
from workflow_mirror.jobs import reaper, runs
from workflow_mirror.jobs.errors import NotOursError
from workflow_mirror.jobs.kinds import Priority
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.runner import attempt, logged_as
from workflow_mirror.jobs.work import Work
from workflow_mirror.sync.errors import CustomerRemovedError
from workflow_mirror.sync.kinds import SYNC, key_of, sync
from workflow_mirror.sync.requests import Options, record_request
from workflow_mirror.sync.results import SyncResult, failure, result_of, stats_of
from workflow_mirror.sync.service import Progress

log = structlog.get_logger(__name__)


def sync_now(
    customers: list[Customer],
    *,
    requested_by: str,
    options: Options | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> list[SyncResult]:
    """Sync these customers one after the other. Whatever goes wrong is in their results.

    Raises WrongKeysError before anything is started.
    """
    check_keys()
    record_request(customers, options or Options())
    reaper.reap()  # without a worker, nothing else ends the runs of killed commands
    with Lease(concurrency=0) as lease:
        return [
            _sync(customer, options or Options(), requested_by, lease, on_progress)
            for customer in customers
        ]


def _sync(
    customer: Customer,
    options: Options,
    requested_by: str,
    lease: Lease,
    on_progress: Callable[[Progress], None],
) -> SyncResult:
    with structlog.contextvars.bound_contextvars(customer_id=customer.pk):
        try:
            run = runs.begin_directly(_job(customer, options, requested_by), lease)
        except IntegrityError:
            return failure(customer.name, str(CustomerRemovedError(customer.name)))
        except (DatabaseError, InterfaceError) as error:
            connection.close()  # the next customer begins on a new one
            return failure(customer.name, advised_text(error))
        with logged_as(run):
            return _perform(Work(run, lease), customer, on_progress)


def _job(customer: Customer, options: Options, requested_by: str) -> JobRun:
    return JobRun(
        kind=SYNC.name,
        name=SYNC.title,
        arguments=options.as_arguments(),
        unique_key=key_of(customer),
        priority=Priority.PEOPLE,
        customer=customer,
        requested_by=requested_by,
    )


def _perform(work: Work, customer: Customer, on_progress: Callable[[Progress], None]) -> SyncResult:
    try:
        attempt(work, SYNC, partial(sync, on_progress=on_progress))
    except NotOursError:
        return _gone(customer, work)
    except SafeError as error:
        reason = error_text(error)
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        reason = advised_text(error)
    except Exception as error:
        log.exception("Bug in the sync")
        reason = f"A bug stopped the sync ({error_text(error)}); the log has its stack trace"
    else:
        return result_of(JobRun.objects.get(pk=work.run.pk), customer.name)
    return failure(customer.name, reason, stats_of(work))


def _gone(customer: Customer, work: Work) -> SyncResult:
    """The job run cannot be written: it was deleted with its customer, or ended elsewhere."""
    if Customer.objects.filter(pk=customer.pk).exists():
        return failure(customer.name, "The job of this sync was ended meanwhile", stats_of(work))
    return failure(customer.name, str(CustomerRemovedError(customer.name)), stats_of(work))
