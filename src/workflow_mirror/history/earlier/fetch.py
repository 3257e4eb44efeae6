"""The job that fetches earlier versions of a customer's workflows.

It is the least important work there is. It gives way to the customer's other jobs, so that Zuora
never gets more requests at once than a sync sends, and to every job that waits for a worker. All
that it has stored stays, and the next job goes on from there.
"""

import time
from dataclasses import asdict, dataclass
from itertools import batched

import structlog

from workflow_mirror.customers.access import open_client, remember_attention
from workflow_mirror.customers.models import Customer
from workflow_mirror.downloads import Done, Downloads
from workflow_mirror.error_texts import error_text
from workflow_mirror.history.earlier import budget
from workflow_mirror.history.earlier.errors import CustomerBusyError
from workflow_mirror.history.earlier.missing import find_missing
from workflow_mirror.history.earlier.notes import ListedVersion
from workflow_mirror.history.earlier.store import Answered, store
from workflow_mirror.jobs.queries import is_customer_busy
from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.work import Work
from workflow_mirror.workflows.exports import ReadyExport, read_export
from workflow_mirror.zuora.client import AT_ONCE, ZuoraClient
from workflow_mirror.zuora.errors import (
    BadDataError,
    GivenUpError,
    InvalidCredentialsError,
    NeedsAttentionError,
    RateLimitedError,
    ZuoraError,
)

log = structlog.get_logger(__name__)

# Versions between two looks at the budget and at jobs that wait. All of a slice may be requested
# before an error of the first one ends the job.
SLICE = 8
SECONDS_TO_GATHER = 0.5
# This many consecutive failures are not chance: the fault is in Zuora or in the network.
IN_A_ROW = 8
# The sync that requested this job may be about to end.
SECONDS_FOR_A_SYNC_TO_END = 5.0
SECONDS_BETWEEN_LOOKS = 0.2


@dataclass
class Counts:
    """Of versions: stored, unavailable at Zuora, failed for now, and all that were missing."""

    missing: int
    fetched: int = 0
    unavailable: int = 0
    failed: int = 0

    @property
    def done(self) -> int:
        return self.fetched + self.unavailable + self.failed

    @property
    def remaining(self) -> int:
        """Left to the next job, those that failed among them."""
        return self.missing - self.fetched - self.unavailable


def fetch_earlier_versions(work: Work) -> None:
    """Fetch what is missing, as far as today's budget goes. Raises ZuoraError, DecryptionError."""
    customer = work.run.customer
    if customer is None:
        raise ValueError("Earlier versions need a customer")
    _let_a_sync_end(work, customer)
    missing = find_missing(customer)
    counts = Counts(len(missing))
    work.report = lambda: _report(counts)
    if missing and budget.left(customer):
        with open_client(customer) as client:
            work.report = lambda: _report(counts, client)
            _Fetch(work, customer, client, counts).fetch(missing)
    log.info("Earlier versions fetched", customer_id=customer.pk, stats=work.report().output)


def _let_a_sync_end(work: Work, customer: Customer) -> None:
    deadline = time.monotonic() + SECONDS_FOR_A_SYNC_TO_END
    while is_customer_busy(work.run):
        if time.monotonic() > deadline:
            raise CustomerBusyError(customer=customer.name)
        work.note()
        time.sleep(SECONDS_BETWEEN_LOOKS)


def _report(counts: Counts, client: ZuoraClient | None = None) -> Report:
    output = asdict(counts) | {"remaining": counts.remaining}
    del output["missing"]
    return Report(
        output=output | {"requests": client.requests if client else 0},
        done=counts.done,
        total=counts.missing,
        requests=client.requests if client else 0,
        waited=client.throttle.seconds_paused if client else 0.0,
        waiting_until=client.waiting_until if client else None,
        with_errors=bool(counts.failed),
    )


class _Fetch:
    def __init__(self, work: Work, customer: Customer, client: ZuoraClient, counts: Counts) -> None:
        self._work = work
        self._customer = customer
        self._client = client
        self._counts = counts
        self._failed_in_a_row = 0

    def fetch(self, missing: list[ListedVersion]) -> None:
        for versions in batched(missing, SLICE):
            self._look_around()
            self._work.give_way()
            allowed = budget.take(self._customer, len(versions))
            self._fetch_some(versions[:allowed])
            if allowed < len(versions):
                return

    def _fetch_some(self, versions: tuple[ListedVersion, ...]) -> None:
        """The budget has been charged for these. Raises what concerns the whole customer."""
        before = self._client.requests
        try:
            with Downloads(AT_ONCE, self._download, self._client.give_up, _weight) as downloads:
                for version in versions:
                    downloads.submit(version)
                while downloads.pending:
                    self._store(downloads.take(SLICE, SECONDS_TO_GATHER, self._look_around))
        except InvalidCredentialsError as error:
            remember_attention(self._customer, error)
            raise
        finally:
            budget.correct(self._customer, self._client.requests - before - len(versions))

    def _look_around(self) -> None:
        self._work.note()
        if is_customer_busy(self._work.run):
            raise CustomerBusyError(customer=self._customer.name)

    def _download(self, listed: ListedVersion) -> ReadyExport:
        return read_export(self._client.export_version(listed.zuora_id, listed.version))

    def _store(self, finished: list[Done[ListedVersion, ReadyExport]]) -> None:
        """Store all results, even if one of them ends the job."""
        batch, errors = list[Answered](), list[Exception]()
        for done in finished:
            try:
                if answered := self._judge(done):
                    batch.append(answered)
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)
        if batch:
            self._work.check()
            for answered in store(self._customer, batch):
                self._count(answered)
        if errors:
            raise errors[0]

    def _judge(self, done: Done[ListedVersion, ReadyExport]) -> Answered | None:
        """None for a version that the next job requests again."""
        listed, outcome = done.item, done.outcome
        if isinstance(outcome, BadDataError):
            return Answered(listed, error=outcome)
        if isinstance(outcome, ZuoraError):
            self._note_failure(listed, outcome)
            return None
        if isinstance(outcome, Exception):
            raise outcome
        self._failed_in_a_row = 0
        return Answered(listed, outcome)

    def _note_failure(self, listed: ListedVersion, error: ZuoraError) -> None:
        if isinstance(error, NeedsAttentionError | RateLimitedError | GivenUpError):
            raise error
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= IN_A_ROW:
            raise error
        self._counts.failed += 1
        log.warning(
            "Failed to fetch an earlier version",
            customer_id=self._customer.pk,
            workflow_zuora_id=listed.zuora_id,
            version=listed.version,
            reason=error_text(error),
        )

    def _count(self, answered: Answered) -> None:
        if answered.error:
            self._counts.unavailable += 1
        else:
            self._counts.fetched += 1


def _weight(export: ReadyExport) -> int:
    return len(export.json)
