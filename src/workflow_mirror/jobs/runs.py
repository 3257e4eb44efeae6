"""The life cycle of a job run: every change of its status is one guarded update.

Callers identify a run by worker and attempt. An update that finds another worker or attempt in the
row changes nothing, and the caller learns that it has lost the job.
"""

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from workflow_mirror.customers.models import Customer
from workflow_mirror.error_texts import error_details, error_text
from workflow_mirror.jobs import engine
from workflow_mirror.jobs.errors import NotOursError, WorkerLostError
from workflow_mirror.jobs.lease import Lease
from workflow_mirror.jobs.models import DIRECT, JobAttempt, JobRun
from workflow_mirror.jobs.report import Report

Status = JobRun.Status
Outcome = JobAttempt.Outcome

MOST_WORKERS_LOST = 3


def _columns(table: str, names: tuple[str, ...]) -> str:
    return ", ".join(f'{table}."{name}"' for name in names)


# What every job does is one statement each: begin, note its progress, end. Beginning brings what a
# handler needs to know; the ORM would take longer over it than the database.
_RUN = (
    "id",
    "kind",
    "unique_key",
    "priority",
    "name",
    "queue",
    "customer_id",
    "batch_id",
    "attempt",
    "worker_id",
)  # in the model's order, as `from_db` wants them
_CUSTOMER = tuple(
    field.attname
    for field in Customer._meta.concrete_fields  # noqa: SLF001 - public by its documentation
    # A handler needs neither; and a column of JSON would come as text.
    if field.attname not in {"zuora_client_secret", "attention_details"}
)
_BEGIN = f"""
WITH begun AS (
    UPDATE job_manager AS run SET status = 'running', attempt = attempt + 1, worker_id = %(worker)s,
        started_at = coalesce(started_at, %(now)s), progress_done = 0, progress_total = 0
    WHERE id = %(run)s AND status IN ('waiting', 'retrying') AND due_at <= clock_timestamp()
        AND NOT EXISTS (SELECT 1 FROM job_manager AS other
            WHERE other.unique_key = run.unique_key AND other.status = 'running')
    RETURNING *
), noted AS (
    INSERT INTO job_attempts (job_run_id, number, worker, started_at, outcome, error, exception)
    SELECT id, attempt, %(worker_name)s, %(now)s, '', '', '' FROM begun
)
SELECT begun.arguments, {_columns("begun", _RUN)}, {_columns("customers", _CUSTOMER)}
FROM begun LEFT JOIN customers ON customers.id = customer_id
"""  # noqa: S608 - built from constants alone
_NOTE = """
UPDATE job_manager SET progress_done = %(done)s, progress_total = %(total)s,
    requests = %(requests)s, seconds_waited = %(waited)s, waiting_until = %(waiting_until)s
WHERE id = %(run)s AND status = 'running' AND worker_id = %(worker)s AND attempt = %(attempt)s
RETURNING cancel_requested
"""
# Jobs that can be joined have one index, the others another; one condition for both would read all
# jobs that wait.
_NEXT = """SELECT 1 FROM job_manager AS next
    WHERE next.unique_key = ended.unique_key AND status IN ('waiting', 'retrying')
        AND due_at <= clock_timestamp()"""
_END = f"""
WITH ended AS (
    UPDATE job_manager SET status = %(status)s, finished_at = %(now)s, output = %(output)s,
        requests = %(requests)s, seconds_waited = %(waited)s, waiting_until = NULL,
        error = %(error)s, error_details = %(error_details)s, exception = %(exception)s,
        progress_done = coalesce(%(done)s, progress_done),
        progress_total = coalesce(%(done)s, progress_total)
    WHERE id = %(run)s AND status = 'running' AND worker_id = %(worker)s AND attempt = %(attempt)s
    RETURNING unique_key
), noted AS (
    UPDATE job_attempts SET finished_at = %(now)s, outcome = %(status)s, error = %(error)s,
        error_details = %(error_details)s, exception = %(exception)s
    WHERE job_run_id = %(run)s AND finished_at IS NULL AND EXISTS (SELECT 1 FROM ended)
), resolved AS (
    UPDATE job_manager AS failed SET resolved_at = %(now)s FROM ended
    WHERE failed.unique_key = ended.unique_key AND failed.kind = ANY(%(resolves)s)
        AND failed.status = 'failed' AND failed.resolved_at IS NULL
)
SELECT EXISTS ({_NEXT} AND is_joinable) OR EXISTS ({_NEXT} AND NOT is_joinable) FROM ended
"""  # noqa: S608 - built from constants alone


def logged(run: JobRun) -> dict[str, Any]:
    """What every log line of a job carries."""
    return {
        "job_id": run.pk,
        "batch_id": run.batch_id,
        "kind": run.kind,
        "customer_id": run.customer_id,
        "customer": run.customer.name if run.customer else None,
    }


def logged_by_id(run_id: int) -> dict[str, Any]:
    """The same for lines that are written outside of the job's runner."""
    found = JobRun.objects.select_related("customer").filter(pk=run_id)
    run = found.only("batch_id", "kind", "customer_id", "customer__name").first()
    return logged(run) if run else {"job_id": run_id}


def begin(run_id: int, lease: Lease) -> JobRun | None:
    """Take a queued job that is due, or None if there is nothing to do.

    For example after a cancellation, or while a job with the same key runs: its end calls this one.
    """
    values = {
        "run": run_id,
        "worker": lease.id,
        "worker_name": lease.name,
        "now": timezone.now(),
    }
    try:
        row = _first_row(_BEGIN, values)
    except IntegrityError as error:
        # Two that begin in the same moment do not see each other; the index lets one in.
        if isinstance(error.__cause__, UniqueViolation):
            return None
        raise
    if row is None:
        return None
    arguments, *columns = row
    run = JobRun.from_db(connection.alias, _RUN, columns[: len(_RUN)])
    run.arguments = json.loads(arguments)
    if run.customer_id is not None:
        run.customer = Customer.from_db(connection.alias, _CUSTOMER, columns[len(_RUN) :])
    return run


@transaction.atomic
def begin_directly(run: JobRun, lease: Lease) -> JobRun:
    """A job run outside of the queue: it runs at once, in the process that requests it."""
    run.queue, run.status, run.attempt, run.is_joinable = DIRECT, Status.RUNNING, 1, False
    run.queued_at = run.due_at = run.started_at = timezone.now()
    run.worker_id = lease.id
    run.save(force_insert=True)
    JobAttempt.objects.create(
        job_run=run, number=run.attempt, worker=lease.name, started_at=run.started_at
    )
    # The customer as it is now: others were synced meanwhile.
    runs = JobRun.objects.select_related("customer").defer("customer__zuora_client_secret")
    return runs.get(pk=run.pk)


def note_progress(run: JobRun, report: Report) -> bool:
    """Write how far the job is; True if somebody asked to cancel it. Raises NotOursError."""
    row = _change(
        _NOTE,
        run,
        done=report.done,
        total=report.total,
        requests=report.requests,
        waited=report.waited,
        waiting_until=report.waiting_until,
    )
    return bool(row[0])


def end(  # noqa: PLR0913 - what there is to say of an end
    run: JobRun,
    status: JobRun.Status,
    report: Report,
    *,
    error: BaseException | None = None,
    exception: str = "",
    resolves: Collection[str] = (),
) -> None:
    """The job is over; `exception` is the stack trace of `error`.

    Earlier failed jobs with its key, of the kinds `resolves`, are resolved. Raises NotOursError.
    """
    columns = error_columns(error, exception)
    details = columns["error_details"]
    [is_waited_for] = _change(
        _END,
        run,
        status=status.value,
        now=timezone.now(),
        output=Jsonb(report.output),
        requests=report.requests,
        waited=report.waited,
        **columns | {"error_details": None if details is None else Jsonb(details)},
        # Of a failed job the last note of its progress stays.
        done=None if status is Status.FAILED else report.done,
        resolves=list(resolves),
    )
    if is_waited_for:
        _wake_next(run)


def _wake_next(run: JobRun) -> None:
    """A job with the same key whose call came while this one ran."""
    waiting = JobRun.objects.filter(
        unique_key=run.unique_key, status__in=JobRun.QUEUED, due_at__lte=Now()
    )
    engine.wake(list(waiting.exclude(pk=run.pk).values_list("pk", "due_at", "priority")))


@transaction.atomic
def give_back(  # noqa: PLR0913 - what there is to say of a return
    run: JobRun,
    again_in: timedelta,
    *,
    costs_a_try: bool,
    arguments: dict[str, Any] | None = None,
    error: BaseException | None = None,
    exception: str = "",
) -> None:
    """The job goes back into the queue; None: with the same arguments. Raises NotOursError."""
    due_at = timezone.now() + again_in
    changes: dict[str, Any] = {
        "status": Status.RETRYING if costs_a_try else Status.WAITING,
        "attempt": run.attempt if costs_a_try else run.attempt - 1,
        "worker": None,
        "waiting_until": None,
        "due_at": due_at,
        "arguments": run.arguments if arguments is None else arguments,
        **error_columns(error, exception),
    }
    if costs_a_try:
        # Only a try that ended by itself shows that the job does not kill its worker.
        changes["workers_lost"] = 0
    if not _queue_again(_ours(run), **changes):
        raise NotOursError
    engine.wake([(run.pk, due_at, run.priority)])
    _wake_next(run)
    outcome = Outcome.RETRYING if costs_a_try else Outcome.GIVEN_BACK
    _end_attempt(run, outcome, error_columns(error, exception))


@transaction.atomic
def take_from_lost_worker(run: JobRun, now: datetime, *, is_to_blame: bool = True) -> bool:
    """Queue the job of a lost worker, as if it had never been started; False if it fails instead.

    A job that has lost its worker MOST_WORKERS_LOST times in a row fails: it may be the cause.
    `is_to_blame` is False for a worker that leaves on purpose. A direct run has no queue to go
    back to, and fails.
    """
    JobAttempt.objects.filter(job_run=run, finished_at=None).update(
        finished_at=now, outcome=Outcome.WORKER_LOST if is_to_blame else Outcome.GIVEN_BACK
    )
    lost = run.workers_lost + is_to_blame
    if run.queue == DIRECT or lost >= MOST_WORKERS_LOST:
        _end_without_worker(run, now, lost)
        return False
    _queue_again(
        JobRun.objects.filter(pk=run.pk),
        status=Status.WAITING,
        attempt=F("attempt") - 1,
        worker=None,
        workers_lost=lost,
        waiting_until=None,
        due_at=now,
    )
    engine.wake([(run.pk, now, run.priority)])
    return True


def _end_without_worker(run: JobRun, now: datetime, lost: int) -> None:
    JobRun.objects.filter(pk=run.pk).update(
        status=Status.FAILED,
        finished_at=now,
        worker=None,
        workers_lost=lost,
        waiting_until=None,
        **error_columns(WorkerLostError(lost)),
    )


def _queue_again(runs: QuerySet[JobRun], **columns: Any) -> int:
    """Back into the queue; where the next job with its key waits already, that stays the one to
    join, and the two run one after the other.
    """
    try:
        with transaction.atomic():
            return runs.update(is_joinable=True, **columns)
    except IntegrityError:
        return runs.update(is_joinable=False, **columns)


def _change(sql: str, run: JobRun, **values: Any) -> tuple[Any, ...]:
    """What the statement gives of a run that is still ours. Raises NotOursError."""
    ours = {"run": run.pk, "worker": run.worker_id, "attempt": run.attempt}
    row = _first_row(sql, {**ours, **values})
    if row is None:
        raise NotOursError
    return row


def _first_row(sql: str, values: dict[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _ours(run: JobRun) -> QuerySet[JobRun]:
    return JobRun.objects.filter(
        pk=run.pk, status=Status.RUNNING, worker=run.worker_id, attempt=run.attempt
    )


def _end_attempt(run: JobRun, outcome: str, error_columns: dict[str, Any]) -> None:
    JobAttempt.objects.filter(job_run=run, finished_at=None).update(
        finished_at=timezone.now(), outcome=outcome, **error_columns
    )


def error_columns(error: BaseException | None, exception: str = "") -> dict[str, Any]:
    """What both tables hold of an error; the same columns, emptied, where there is none."""
    return {
        "error": error_text(error) if error else "",
        "error_details": error_details(error) if error else None,
        "exception": exception,
    }
