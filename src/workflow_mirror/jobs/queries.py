"""Queries of jobs: running, waiting with their estimated start, and failed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from workflow_mirror.access.scope import EVERYTHING, Scope
from workflow_mirror.jobs.errors import UnknownJobError
from workflow_mirror.jobs.lease import expiry_time
from workflow_mirror.jobs.models import JobRun, WorkerProcess

Status = JobRun.Status
REMEMBERED_RUNS = 5  # with one key, to tell how long the next one takes
UNKNOWN_DURATION = timedelta(seconds=30)


type Queued = tuple[int, str, int | None, datetime]
"""A job, its key, its customer, and when it is due."""


@dataclass(frozen=True)
class Place:
    """Where a waiting job stands: 1 is next. `starts_at` is None while no worker is alive."""

    number: int
    starts_at: datetime | None


def monitor(scope: Scope, kind: str | None = None) -> dict[str, Any]:
    """Running and waiting jobs, workers alive, and the number of jobs by status.

    `kind` limits the jobs shown; positions are those in the whole queue. Failed jobs that are
    resolved are not counted.
    """
    running = list(_of_kind(_runs(scope), kind).filter(status=Status.RUNNING))
    queue = list(in_queue_order(_runs(EVERYTHING).filter(status__in=JobRun.QUEUED)))
    workers = alive_workers()
    ahead = [(run.pk, run.unique_key, run.customer_id, run.due_at) for run in queue]
    places = _play_through(ahead, workers, scope.customer_ids)
    waiting = [run for run in queue if scope.covers(run.customer_id) and kind in {None, run.kind}]
    shown = _of_kind(scope.limit(JobRun.objects.filter(resolved_at=None)), kind)
    counted = shown.values_list("status").annotate(number=Count("pk"))
    return {
        "jobs": [
            *(describe(run) for run in running),
            *(describe(run) | vars(places[run.pk]) for run in waiting),
        ],
        "waiting": len(waiting),
        "running": len(running),
        "workers": [
            {"worker": str(worker), "concurrency": worker.concurrency} for worker in workers
        ],
        "counts": dict(counted),
    }


def failed(
    scope: Scope,
    limit: int = 100,
    after: int | None = None,
    kind: str | None = None,
    *,
    resolved: bool = False,
) -> dict[str, Any]:
    """A page of failed jobs, newest first, each with its traceback and attempts.

    With `resolved` also those of which a later job has done the work. `total` counts the jobs of
    all pages; `next` is the `after` of the next page, None on the last.
    Raises UnknownJobError where `after` is no failed job, or no longer one.
    """
    runs = _of_kind(_runs(scope), kind).filter(status=Status.FAILED)
    if not resolved:
        runs = runs.filter(resolved_at=None)
    total = runs.count()
    if after is not None:
        last = runs.filter(pk=after).values_list("finished_at").first()
        if last is None:
            raise UnknownJobError(after)
        # Written so that the index on finished_at is used.
        runs = runs.filter(finished_at__lte=last[0]).exclude(finished_at=last[0], pk__gte=after)
    found = list(runs.prefetch_related("attempts").order_by("-finished_at", "-pk")[: limit + 1])
    page, more = found[:limit], found[limit:]
    return {
        "jobs": [
            describe(run)
            | {
                "exception": run.exception,
                "attempts": [
                    {
                        "number": attempt.number,
                        "worker": attempt.worker,
                        "started_at": attempt.started_at,
                        "finished_at": attempt.finished_at,
                        "outcome": attempt.outcome,
                        "error": attempt.error,
                    }
                    for attempt in run.attempts.all()
                ],
            }
            for run in page
        ],
        "total": total,
        "next": page[-1].pk if more else None,
    }


def describe(run: JobRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "name": run.name,
        "kind": run.kind,
        "customer": run.customer.name if run.customer else None,
        "status": run.status,
        "attempt": run.attempt,
        "batch": run.batch_id,
        "requested_by": run.requested_by,
        "progress": {"done": run.progress_done, "total": run.progress_total},
        "requests": run.requests,
        "seconds_waited": run.seconds_waited,
        "waiting_until": run.waiting_until,
        "queued_at": run.queued_at,
        "due_at": run.due_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "resolved_at": run.resolved_at,
        "output": run.output,
        "error": run.error or None,
    }


def alive_workers() -> list[WorkerProcess]:
    """The processes that work the queue now."""
    alive = WorkerProcess.objects.filter(heartbeat_at__gte=expiry_time(), concurrency__gt=0)
    return list(alive.order_by("started_at"))


def next_queued() -> tuple[int, float] | None:
    """The queued job that may start next, with the seconds until it is due, or None.

    Jobs that wait for another job with their key are left out.
    """
    running = JobRun.objects.filter(unique_key=OuterRef("unique_key"), status=Status.RUNNING)
    queued = JobRun.objects.filter(~Exists(running), status__in=JobRun.QUEUED).order_by("due_at")
    found = queued.values_list("pk", "due_at").first()
    return found and (found[0], max(0.0, (found[1] - timezone.now()).total_seconds()))


def is_one_ahead_of(run: JobRun) -> bool:
    """Whether a job of higher priority is due and could start, given a free worker."""
    same_key = JobRun.objects.filter(unique_key=OuterRef("unique_key"), status=Status.RUNNING)
    queued = JobRun.objects.filter(~Exists(same_key), status__in=JobRun.QUEUED, due_at__lte=Now())
    return queued.filter(priority__gt=run.priority).exists()


def is_customer_busy(run: JobRun) -> bool:
    """Whether another job of the run's customer is running."""
    running = JobRun.objects.filter(customer=run.customer_id, status=Status.RUNNING)
    return running.exclude(pk=run.pk).exists()


def in_queue_order[M: JobRun](runs: QuerySet[M]) -> QuerySet[M]:
    """Queued jobs as workers take them: those due by priority and age, then the others."""
    return runs.order_by(Greatest("due_at", Now()), "-priority", "engine_job_id", "pk")


def estimate_places(
    wanted: Collection[int], counted: Collection[int] | None = None
) -> dict[int, Place]:
    """The positions of these waiting jobs in the whole queue; reads up to the last of them.

    The start takes every job ahead into account. The number counts those of the customers
    `counted` alone, for a user who must not learn how many others there are; None: of all.
    """
    waiting = in_queue_order(JobRun.objects.filter(status__in=JobRun.QUEUED))
    queue = list(waiting.values_list("pk", "unique_key", "customer_id", "due_at"))
    last = max((place for place, (pk, *_) in enumerate(queue) if pk in wanted), default=-1)
    places = _play_through(queue[: last + 1], alive_workers(), counted)
    return {run_id: places[run_id] for run_id in wanted if run_id in places}


def _of_kind(runs: QuerySet[JobRun], kind: str | None) -> QuerySet[JobRun]:
    return runs if kind is None else runs.filter(kind=kind)


def _runs(scope: Scope) -> QuerySet[JobRun]:
    return (
        scope.limit(JobRun.objects.all())
        .select_related("customer")
        .defer("customer__zuora_client_secret")
    )


def _play_through(
    queue: Sequence[Queued], workers: list[WorkerProcess], counted: Collection[int] | None = None
) -> dict[int, Place]:
    """Each slot of a worker takes the next job when it has ended its last."""
    now, durations = timezone.now(), _usual_durations()
    free = _free_slots(sum(worker.concurrency for worker in workers), now, durations)
    places, number = {}, 0
    for run_id, key, customer_id, due_at in queue:
        number += counted is None or customer_id in counted
        starts = max(due_at, heappop(free)) if free else None
        if starts is not None:
            heappush(free, starts + durations[key])
        places[run_id] = Place(number, starts)
    return places


def _free_slots(slots: int, now: datetime, durations: dict[str, timedelta]) -> list[datetime]:
    """When each slot has ended what it does now; a heap."""
    running = JobRun.objects.filter(status=Status.RUNNING).values_list("unique_key", "started_at")
    busy = [max(now, (began or now) + durations[key]) for key, began in running[:slots]]
    return sorted(busy + [now] * (slots - len(busy)))


def _usual_durations() -> dict[str, timedelta]:
    """By key: the mean of its latest runs; of all keys where it has none."""
    done = JobRun.objects.filter(
        status__in=(Status.SUCCEEDED, Status.COMPLETED_WITH_ERRORS), started_at__isnull=False
    ).order_by("-finished_at")
    by_key: dict[str, list[timedelta]] = defaultdict(list)
    for key, started, finished in done.values_list("unique_key", "started_at", "finished_at")[
        :1000
    ]:
        if len(by_key[key]) < REMEMBERED_RUNS and started and finished:
            by_key[key].append(finished - started)
    everything = [duration for durations in by_key.values() for duration in durations]
    usual = defaultdict[str, timedelta](lambda: _mean(everything))
    usual.update({key: _mean(durations) for key, durations in by_key.items()})
    return usual


def _mean(durations: list[timedelta]) -> timedelta:
    return sum(durations, timedelta()) / len(durations) if durations else UNKNOWN_DURATION
