"""The only engine that brings a customer's mirror up to date.

A sync is at least once and idempotent: if a sync is interrupted, the next one finds and repairs
what is missing. In short:

1. take the customer's lock, so that no other sync of this customer runs
2. read Zuora's list page by page; mark unchanged workflows as seen, one statement per page
3. export the others, a few at a time, and store each with its list row, export and tasks together
4. after the last page, request by ID each mirrored workflow that was not listed: a 404 marks it as
   deleted
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, connection
from django.utils import timezone

from workflow_mirror.customers.access import (
    CredentialsReport,
    check_credentials,
    open_client,
    remember_attention,
)
from workflow_mirror.customers.errors import DecryptionError
from workflow_mirror.customers.models import Customer
from workflow_mirror.downloads import Done, Downloads, in_background
from workflow_mirror.error_texts import error_details, error_text, is_unstorable
from workflow_mirror.errors import SafeError
from workflow_mirror.jobs.errors import StoppedError
from workflow_mirror.sync.circuit_breaker import CircuitBreaker
from workflow_mirror.sync.errors import (
    CustomerRemovedError,
    LostLockError,
    RowWithoutIdError,
    SyncError,
    SyncTooLongError,
    UnstorableError,
    WorkflowGoneError,
)
from workflow_mirror.sync.exporting import Downloaded, download_exports
from workflow_mirror.sync.fetched import Fetched
from workflow_mirror.sync.lock import customer_lock
from workflow_mirror.sync.plan import Listed, beside_the_mirror, find_mirrored
from workflow_mirror.sync.stale import find_failed, find_missing, look_up, refuse_mass_deletion
from workflow_mirror.sync.stats import Outcome, SyncStats, Tally, WorkflowFailure
from workflow_mirror.sync.store import mark_deleted, store, touch
from workflow_mirror.workflows.models import Workflow
from workflow_mirror.zuora.client import AT_ONCE, ZuoraClient
from workflow_mirror.zuora.definitions import Definition
from workflow_mirror.zuora.errors import (
    BaseUrlRefusedError,
    InvalidCredentialsError,
    NeedsAttentionError,
    ZuoraError,
)
from workflow_mirror.zuora.pages import PageWalk

log = structlog.get_logger(__name__)

# Exports requested and not yet stored: enough to keep requests running while the sync waits for a
# page or the database, few enough that memory does not grow with the tenant.
WINDOW = 64
STORED_AT_ONCE = 25
# Storing four together takes little longer than storing one.
SECONDS_TO_GATHER = 0.5


type ExportDownloads = Downloads[Listed, Downloaded]


@dataclass
class SyncRun:
    """One running sync. `check_lock` raises once the customer's lock is lost."""

    customer: Customer
    client: ZuoraClient
    check_lock: Callable[[], None]
    full: bool
    allow_mass_delete: bool
    mirrored_before: int
    tally: Tally
    job_run: int | None = None
    circuit_breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    # Number of list rows read so far.
    listed: int = 0
    listing_complete: bool = False


@dataclass(frozen=True)
class Progress:
    """The progress of a sync; `listed` grows until `listing_complete`.

    `waiting_until` is when the client's wait for Zuora ends, None while it does not wait.
    """

    customer: Customer
    done: int
    listed: int
    listing_complete: bool
    requests: int
    failed: int
    waiting_until: datetime | None = None


class WorkflowSyncService:
    """Syncs customers, one call at a time. `stats` belong to the latest sync, even a running one.

    Errors are raised, never swallowed: ZuoraError for errors of Zuora, SyncError for other reasons
    to stop a sync, and all others unchanged. Data stored before the error is kept.

    The thread that syncs never waits for Zuora itself. At each step, and once a second while
    other threads wait, it checks its lock and the time limit and calls `on_progress`, which may
    raise StoppedError to stop the sync. `job_run` is the job that the change log names.
    """

    def __init__(
        self,
        *,
        client_opener: Callable[..., ZuoraClient] = open_client,
        on_progress: Callable[[Progress], None] = lambda _: None,
        longest: timedelta = timedelta.max,
        job_run: int | None = None,
    ) -> None:
        self._open_client = client_opener
        self._on_progress = on_progress
        self._longest = longest.total_seconds()
        self._job_run = job_run
        self._tally = Tally()
        self._client: ZuoraClient | None = None
        self._started = time.monotonic()

    @property
    def stats(self) -> SyncStats:
        requests = self._client.requests if self._client else 0
        return self._tally.stats(requests=requests, seconds=time.monotonic() - self._started)

    @property
    def seconds_waited(self) -> float:
        """Seconds that Zuora's rate limits have made this sync wait."""
        return self._client.throttle.seconds_paused if self._client else 0.0

    def sync_customer_workflows(
        self,
        customer: Customer,
        *,
        full: bool = False,
        allow_mass_delete: bool = False,
        failed_only: bool = False,
    ) -> SyncStats:
        """Bring one customer's mirror up to date.

        `full` exports unchanged workflows, too. `allow_mass_delete` allows marking more than a
        fifth of the workflows as deleted. `failed_only` retries only the exports that failed
        last time. Raises ZuoraError, SyncError, DecryptionError.
        """
        self._tally, self._client, self._started = Tally(), None, time.monotonic()
        with (
            self._reporting(customer),
            customer_lock(customer) as check_lock,
            self._open_client(customer) as self._client,
        ):
            run = SyncRun(
                customer=customer,
                client=self._client,
                check_lock=check_lock,
                full=full,
                allow_mass_delete=allow_mass_delete,
                mirrored_before=_alive(customer),
                tally=self._tally,
                job_run=self._job_run,
            )
            if failed_only:
                self._sync_failed_exports(run)
            else:
                self._sync_everything(run)
        return self.stats

    def sync_workflow_record(self, run: SyncRun, definition: Definition) -> Outcome | None:
        """Update one workflow from Zuora; None if it is deleted there."""
        [listed] = beside_the_mirror(run.customer, [definition])
        if not listed.needs_export(timezone.now(), full=run.full):
            self._note_unchanged(run, [listed])
            return Outcome.UNCHANGED
        fetched = self._judge(
            run, self._ask(run, lambda: _attempt(partial(self._download, run), listed))
        )
        return self._store(run, [fetched])[0] if fetched else None

    def delete_stale_workflows(self, run: SyncRun, seen: set[str]) -> int:
        """Mark mirrored workflows that Zuora no longer has as deleted; returns their number.

        `seen` are the IDs of a complete list. Raises MassDeletionRefusedError, before any request
        or write, if too many are missing from it.
        """
        missing = find_missing(run.customer, seen)
        if not run.allow_mass_delete:
            refuse_mass_deletion(missing, run.mirrored_before)
        stale = find_mirrored(run.customer, missing)
        gone, hidden = look_up(run.client, stale, partial(self._look_around, run))
        if gone:
            run.check_lock()
            mark_deleted(run.customer, gone, timezone.now(), run.job_run)
            run.tally.count(Outcome.DELETED, len(gone))
        for definition in hidden:
            # Still in Zuora: the list shifted while it was read.
            self.sync_workflow_record(run, definition)
        return len(gone)

    def validate_customer_credentials(self, customer: Customer) -> CredentialsReport:
        """Check the customer's credentials and their permissions."""
        return check_credentials(customer)

    def _sync_everything(self, run: SyncRun) -> None:
        seen = self._sync_listed_workflows(run)
        run.circuit_breaker.raise_if_all_were_refused(run.mirrored_before)
        self.delete_stale_workflows(run, seen)

    def _sync_failed_exports(self, run: SyncRun) -> None:
        """Retry the workflows whose last export failed; a standard sync handles deleted ones."""
        failed = find_failed(run.customer)
        _, definitions = look_up(run.client, failed, partial(self._look_around, run))
        run.listed, run.listing_complete = len(definitions), True
        for definition in definitions:
            self._tell(run)
            self.sync_workflow_record(run, definition)
        self._tell(run)
        run.circuit_breaker.raise_if_all_were_refused(run.mirrored_before)

    def _sync_listed_workflows(self, run: SyncRun) -> set[str]:
        """Sync all workflows that Zuora lists; returns their IDs."""
        walk = PageWalk(lambda number: self._ask(run, partial(run.client.list_page, number)))
        download, weigh = partial(self._download, run), Downloaded.size
        with Downloads(AT_ONCE, download, run.client.give_up, weigh) as downloads:
            for definitions in walk:
                self._plan_page(run, definitions, downloads)
                self._report(run, walk)
                while downloads.pending > WINDOW:
                    self._store_some(run, walk, downloads)
            while downloads.pending:
                self._store_some(run, walk, downloads)
        if walk.rows_without_id:
            log.warning(
                "Rows without an id in Zuora's list",
                customer_id=run.customer.pk,
                rows=walk.rows_without_id,
            )
            for _ in range(walk.rows_without_id):
                run.tally.fail(_failure("", "", RowWithoutIdError()))
        return walk.seen

    def _plan_page(
        self, run: SyncRun, definitions: list[Definition], downloads: ExportDownloads
    ) -> None:
        now, unchanged = timezone.now(), list[Listed]()
        for listed in beside_the_mirror(run.customer, definitions):
            if listed.needs_export(now, full=run.full):
                downloads.submit(listed)
            else:
                unchanged.append(listed)
        if unchanged:
            self._note_unchanged(run, unchanged)

    def _store_some(self, run: SyncRun, walk: PageWalk, downloads: ExportDownloads) -> None:
        """Store all results that have arrived; wait if there are none."""
        batch = list[Fetched]()
        try:
            finished = downloads.take(
                STORED_AT_ONCE, SECONDS_TO_GATHER, partial(self._look_around, run)
            )
            for done in finished:
                fetched = self._judge(run, done)
                if fetched is None:
                    walk.seen.discard(done.item.definition.zuora_id)
                else:
                    batch.append(fetched)
        finally:
            # Also if a result ends the sync: earlier results need not be requested again.
            if batch:
                self._store(run, batch)
        self._report(run, walk)

    def _download(self, run: SyncRun, listed: Listed) -> Downloaded:
        known = listed.mirrored.export_hash if listed.mirrored else ""
        return download_exports(run.client, listed.definition, known)

    def _judge(self, run: SyncRun, done: Done[Listed, Downloaded]) -> Fetched | None:
        """The result of a finished export; None if the workflow was deleted in the meantime.

        Raises the error of an export that concerns the whole customer, and every bug.
        """
        outcome = done.outcome
        if isinstance(outcome, WorkflowGoneError):
            return None
        if isinstance(outcome, ZuoraError):
            run.circuit_breaker.note_failure(outcome)
            return _failed(run, done.item, outcome)
        if isinstance(outcome, Exception):
            raise outcome
        run.circuit_breaker.note_success()
        run.tally.exported += 1
        return Fetched(done.item, **vars(outcome))

    def _store(self, run: SyncRun, batch: list[Fetched]) -> list[Outcome]:
        run.check_lock()
        try:
            outcomes = store(run.customer, batch, timezone.now(), run.job_run)
        except IntegrityError as error:
            if Customer.objects.filter(pk=run.customer.pk).exists():
                raise
            raise CustomerRemovedError(run.customer.name) from error
        except DatabaseError as error:
            if not is_unstorable(error):
                raise
            return self._store_singly(run, batch, type(error.__cause__).__name__)
        for fetched, outcome in zip(batch, outcomes, strict=True):
            if fetched.error:
                run.tally.fail(_failure_of(fetched.listed, fetched.error))
            else:
                run.tally.count(outcome)
        return outcomes

    def _store_singly(self, run: SyncRun, batch: list[Fetched], reason: str) -> list[Outcome]:
        """The database cannot store one of the exports: find it, report it, and leave it out."""
        if len(batch) > 1:
            return [outcome for one in batch for outcome in self._store(run, [one])]
        [fetched] = batch
        why = UnstorableError(reason=reason)
        failed = _failed(run, fetched.listed, why)
        if fetched.export:
            return self._store(run, [failed])
        # The database cannot store the list row either.
        run.tally.fail(_failure_of(fetched.listed, why))
        return [Outcome.FAILED]

    def _note_unchanged(self, run: SyncRun, unchanged: list[Listed]) -> None:
        run.check_lock()
        touch((listed.mirrored.pk for listed in unchanged if listed.mirrored), timezone.now())
        run.tally.count(Outcome.UNCHANGED, len(unchanged))

    def _report(self, run: SyncRun, walk: PageWalk) -> None:
        run.listed, run.listing_complete = len(walk.seen), walk.complete
        self._tell(run)

    def _ask[Result](self, run: SyncRun, call: Callable[[], Result]) -> Result:
        """The result of a call to Zuora; another thread waits while this one checks for a stop."""
        return in_background(call, run.client.give_up, partial(self._look_around, run))

    def _look_around(self, run: SyncRun) -> None:
        """Called once a second while the sync waits for Zuora.

        Using the connection reveals whether it was cut. Raises LostLockError.
        """
        run.check_lock()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (OperationalError, InterfaceError) as error:
            raise LostLockError from error
        self._tell(run)

    def _tell(self, run: SyncRun) -> None:
        if time.monotonic() - self._started > self._longest:
            raise SyncTooLongError(self._longest)
        self._on_progress(
            Progress(
                customer=run.customer,
                done=run.tally.total,
                listed=run.listed,
                listing_complete=run.listing_complete,
                requests=run.client.requests,
                failed=run.tally.failed,
                waiting_until=run.client.waiting_until,
            )
        )

    @contextmanager
    def _reporting(self, customer: Customer) -> Iterator[None]:
        """Log how the sync ended, and set or clear the customer's rejection by Zuora."""
        try:
            yield
        except StoppedError:
            log.info("Workflow sync stopped", customer_id=customer.pk, stats=self.stats)
            raise
        except Exception as error:
            if isinstance(error, InvalidCredentialsError):
                log.error("Cannot sync workflows: Invalid credentials", customer_id=customer.pk)  # noqa: TRY400 - a rejection is not a bug, its traceback has no use
            log.error("Workflow sync failed", customer_id=customer.pk, reason=error_text(error))  # noqa: TRY400 - whoever runs the sync shows the traceback
            if isinstance(error, NeedsAttentionError | BaseUrlRefusedError | DecryptionError):
                remember_attention(customer, error)
            raise
        # A sync without requests proves nothing about the credentials.
        if customer.needs_attention and self.stats["requests"]:
            remember_attention(customer, None)
        log.info("Workflow sync completed", customer_id=customer.pk, stats=self.stats)


def _attempt(download: Callable[[Listed], Downloaded], listed: Listed) -> Done[Listed, Downloaded]:
    try:
        return Done(listed, download(listed))
    except (ZuoraError, SyncError) as error:
        return Done(listed, error)


def _failed(run: SyncRun, listed: Listed, error: SafeError) -> Fetched:
    log.warning(
        "Failed to download workflow JSON",
        customer_id=run.customer.pk,
        workflow_zuora_id=listed.definition.zuora_id,
        reason=error_text(error),
    )
    return Fetched(listed, error=error)


def _failure_of(listed: Listed, error: SafeError) -> WorkflowFailure:
    return _failure(listed.definition.zuora_id, listed.definition.name, error)


def _failure(zuora_id: str, name: str, error: SafeError) -> WorkflowFailure:
    return WorkflowFailure(
        zuora_id=zuora_id,
        name=name,
        code=error.kind,
        reason=error_text(error),
        details=error_details(error),
    )


def _alive(customer: Customer) -> int:
    return Workflow.objects.filter(customer=customer, deleted_at=None).count()
