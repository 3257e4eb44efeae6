"""The one way to request jobs, for users, schedules and the program itself."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from workflow_mirror.jobs import engine
from workflow_mirror.jobs.kinds import Kind, Priority
from workflow_mirror.jobs.models import JobBatch


@dataclass(frozen=True)
class Wanted:
    """One job to be queued. `unique_key`: it joins a queued job that has the same."""

    unique_key: str
    customer_id: int | None = None


@dataclass(frozen=True)
class Queued:
    """The job of a request; `joined` if it was queued before. It starts after `due_at`."""

    id: int
    joined: bool
    due_at: datetime


@dataclass(frozen=True)
class Answer:
    """Jobs in the order of the request. `batch` is None for fewer than two jobs, and where every
    job was queued before.
    """

    jobs: list[Queued] = field(default_factory=list)
    batch: int | None = None


# Arguments are flags that are set or missing: of a request that joins a queued job they are added
# to it. What becomes due sooner, or gets a higher priority, is called again.
_REQUEST = """
WITH before AS (
    SELECT id, due_at, priority FROM job_manager
    WHERE unique_key = ANY(%(keys)s) AND status IN ('waiting', 'retrying') AND is_joinable
), requested AS (
    INSERT INTO job_manager AS queued (
        kind, name, arguments, unique_key, priority, customer_id, batch_id, requested_by, queue,
        status, is_joinable, queued_at, due_at, attempt, workers_lost, progress_done,
        progress_total, requests, seconds_waited, cancel_requested, error, exception)
    SELECT %(kind)s, %(name)s, %(arguments)s, key, %(priority)s, customer_id, %(batch)s,
        %(requested_by)s, %(queue)s, 'waiting', true, %(now)s, due_at,
        0, 0, 0, 0, 0, 0, false, '', ''
    FROM unnest(%(keys)s::text[], %(customers)s::bigint[], %(due)s::timestamptz[])
        AS wanted(key, customer_id, due_at)
    ON CONFLICT (unique_key) WHERE status IN ('waiting', 'retrying') AND is_joinable DO UPDATE SET
        kind = CASE WHEN queued.kind = ANY(%(included)s) THEN EXCLUDED.kind ELSE queued.kind END,
        name = CASE WHEN queued.kind = ANY(%(included)s) THEN EXCLUDED.name ELSE queued.name END,
        arguments = queued.arguments || EXCLUDED.arguments,
        priority = greatest(queued.priority, EXCLUDED.priority),
        due_at = CASE WHEN %(bring_forward)s
            THEN least(queued.due_at, EXCLUDED.due_at) ELSE queued.due_at END
    RETURNING id, unique_key, due_at, priority, (xmax <> 0) AS joined
)
SELECT unique_key, id, joined, requested.due_at, requested.priority,
    -- Of another request at the same moment nothing is seen before; it sends the call.
    joined AND before.id IS NULL OR (before.due_at, before.priority) IS NOT DISTINCT FROM
        (requested.due_at, requested.priority) AS called
FROM requested LEFT JOIN before USING (id)
"""


@transaction.atomic
def request(  # noqa: PLR0913 - all by keyword
    kind: Kind,
    wanted: list[Wanted],
    *,
    requested_by: str,
    priority: Priority,
    arguments: dict[str, Any] | None = None,
    spread: timedelta = timedelta(0),
) -> Answer:
    """Queue the wanted jobs in one transaction; several make a batch.

    One that is queued already is joined. A person's request brings it forward: one that is due
    later, such as one that Zuora asked to wait, is due at once. The jobs become due one after the
    other within `spread`. The number of SQL statements does not depend on the number of jobs.
    """
    now = timezone.now()
    wanted = list({one.unique_key: one for one in wanted}.values())
    due = {one.unique_key: now + spread * place / len(wanted) for place, one in enumerate(wanted)}
    # Always in the same order, so that two requests at once wait for each other at the most.
    in_order = sorted(wanted, key=lambda one: one.unique_key)
    batch = JobBatch.objects.create(requested_by=requested_by) if len(wanted) > 1 else None
    values: dict[str, Any] = {
        "kind": kind.name,
        "name": kind.title,
        "arguments": Jsonb(arguments or {}),
        "priority": priority,
        "included": list(kind.includes),
        "bring_forward": priority == Priority.PEOPLE,
        "batch": batch.pk if batch else None,
        "requested_by": requested_by,
        "queue": engine.QUEUE,
        "now": now,
        "keys": [one.unique_key for one in in_order],
        "customers": [one.customer_id for one in in_order],
        "due": [due[one.unique_key] for one in in_order],
    }
    with connection.cursor() as cursor:
        cursor.execute(_REQUEST, values)
        rows = {key: row for key, *row in cursor.fetchall()}
    # In the order of the request, which is the order in which jobs that are due together start. The
    # rows come in any order.
    answered = [rows[one.unique_key] for one in wanted]
    engine.wake([(pk, at, rank) for pk, _joined, at, rank, called in answered if not called])
    jobs = [Queued(*row[:3]) for row in answered]
    if batch and all(job.joined for job in jobs):
        batch.delete()
        batch = None
    return Answer(jobs, batch.pk if batch else None)
