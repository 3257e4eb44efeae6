"""The one way to request syncs, whoever asks: a person, a schedule, a customer just added."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs import engine
from workflow_mirror.jobs.models import JobBatch


@dataclass(frozen=True)
class Options:
    """How a sync is to be done; those of a request that joins a queued sync are added to it."""

    full: bool = False
    allow_mass_delete: bool = False
    failed_only: bool = False


@dataclass(frozen=True)
class Requested:
    """The job of a customer's sync; `joined` if it was queued before. It starts after `due_at`."""

    id: int
    customer: str
    joined: bool
    due_at: datetime


@dataclass(frozen=True)
class Answer:
    """`batch` is None for fewer than two customers, and where every job was queued before."""

    jobs: list[Requested]
    batch: int | None


@dataclass(frozen=True)
class _Row:
    run_id: int
    customer_id: int
    due_at: datetime
    joined: bool


# Locked, so that the jobs which are brought forward are known. In the order of `_INSERT`.
_DUE_LATER = """
SELECT id, engine_job_id FROM job_manager
WHERE customer_id = ANY(%(customers)s) AND status IN ('waiting', 'retrying') AND is_joinable
    AND due_at > %(now)s
ORDER BY customer_id FOR UPDATE
"""
# A full sync does all that a plain one does, so a queued sync takes over the stronger wish. Of
# `failed_only` it is the other way round.
_INSERT = """
INSERT INTO job_manager AS queued (
    customer_id, batch_id, requested_by, name, queue, status, "full", allow_mass_delete,
    failed_only, is_joinable, queued_at, due_at, attempt, workers_lost, progress_done,
    progress_total, requests, seconds_waited, cancel_requested, error, exception)
SELECT id, %(batch)s, %(requested_by)s, 'sync customer workflows', %(queue)s, 'waiting',
    %(full)s, %(allow_mass_delete)s, %(failed_only)s, true, %(now)s, due_at,
    0, 0, 0, 0, 0, 0, false, '', ''
FROM unnest(%(customers)s::bigint[], %(due)s::timestamptz[]) AS wanted(id, due_at)
ON CONFLICT (customer_id) WHERE status IN ('waiting', 'retrying') AND is_joinable DO UPDATE SET
    "full" = queued."full" OR EXCLUDED."full",
    allow_mass_delete = queued.allow_mass_delete OR EXCLUDED.allow_mass_delete,
    failed_only = queued.failed_only AND EXCLUDED.failed_only,
    due_at = CASE WHEN queued.id = ANY(%(brought_forward)s)
        THEN least(queued.due_at, EXCLUDED.due_at) ELSE queued.due_at END
RETURNING id, customer_id, due_at, (xmax <> 0) AS joined
"""
_NAME_ENGINE_JOBS = """
UPDATE job_manager SET engine_job_id = named.engine_job_id
FROM unnest(%s::bigint[], %s::bigint[]) AS named(id, engine_job_id)
WHERE job_manager.id = named.id
"""


@transaction.atomic
def request_syncs(
    customers: list[Customer],
    *,
    requested_by: str,
    options: Options | None = None,
    spread: timedelta = timedelta(0),
    bring_forward: bool = True,
) -> Answer:
    """Queue a sync of each customer, all in one transaction; several make a batch.

    A customer whose sync is queued already joins it. A queued job that is due later, such as one
    that Zuora asked to wait, is brought forward: a person who asks for a sync wants it now.
    Schedules say `bring_forward=False`. The jobs become due one after the other within `spread`.
    The number of SQL statements does not depend on the number of customers.
    """
    now = timezone.now()
    customers = list({customer.pk: customer for customer in customers}.values())
    due = dict(zip(customers, _due_times(now, spread, len(customers)), strict=True))
    # Always in the same order, so that two requests at once wait for each other at the most.
    in_order = sorted(customers, key=lambda customer: customer.pk)
    batch = JobBatch.objects.create(requested_by=requested_by) if len(customers) > 1 else None
    rows = _write(
        bring_forward=bring_forward,
        values={
            "batch": batch.pk if batch else None,
            "requested_by": requested_by,
            "queue": engine.QUEUE,
            "now": now,
            "customers": [customer.pk for customer in in_order],
            "due": [due[customer] for customer in in_order],
            **vars(options or Options()),
        },
    )
    _queue([row for row in rows if not row.joined])
    if batch and all(row.joined for row in rows):
        batch.delete()
        batch = None
    found = {row.customer_id: row for row in rows}
    jobs = [
        Requested(row.run_id, customer.name, joined=row.joined, due_at=row.due_at)
        for customer, row in ((customer, found[customer.pk]) for customer in customers)
    ]
    return Answer(jobs, batch.pk if batch else None)


def _write(*, bring_forward: bool, values: dict[str, Any]) -> list[_Row]:
    with connection.cursor() as cursor:
        later: dict[int, int | None] = {}
        if bring_forward:
            cursor.execute(_DUE_LATER, values)
            later = dict(cursor.fetchall())
            engine.bring_forward([key for key in later.values() if key], values["now"])
        cursor.execute(_INSERT, {**values, "brought_forward": list(later)})
        return [_Row(*row) for row in cursor.fetchall()]


def _queue(rows: list[_Row]) -> None:
    if not rows:
        return
    engine_ids = engine.queue(
        engine.Queued(row.run_id, row.customer_id, row.due_at) for row in rows
    )
    with connection.cursor() as cursor:
        cursor.execute(_NAME_ENGINE_JOBS, [[row.run_id for row in rows], engine_ids])


def _due_times(now: datetime, spread: timedelta, number: int) -> list[datetime]:
    return [now + spread * place / max(1, number) for place in range(number)]
