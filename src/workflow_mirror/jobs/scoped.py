"""What pages show of jobs, within the scope of who asks."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import timezone as fixed_offset
from typing import Any, overload

from django.db.models import (
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, TruncDate
from django.utils import timezone

from workflow_mirror.access.scope import Scope
from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobAttempt, JobBatch, JobRun, WorkerProcess
from workflow_mirror.jobs.queries import Place, alive_workers, estimate_places, in_queue_order

Status = JobRun.Status

# Too large for a list, or secret.
UNLISTED = ("exception", "error", "error_details", "customer__zuora_client_secret")
_PROGRESS = ("customer_id", "status", "progress_done", "progress_total")


@dataclass
class BatchCounts:
    waiting: int = 0
    running: int = 0
    done: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        return self.waiting + self.running + self.ended

    @property
    def ended(self) -> int:
        return self.done + self.failed + self.cancelled

    def add(self, status: str, number: int) -> None:
        match status:
            case Status.WAITING | Status.RETRYING:
                self.waiting += number
            case Status.SUCCEEDED | Status.COMPLETED_WITH_ERRORS:
                self.done += number
            case _:  # the others have a column of their own name
                setattr(self, status, getattr(self, status) + number)


@overload
def jobs_in(scope: Scope) -> QuerySet[JobRun]: ...
@overload
def jobs_in[M: JobRun](scope: Scope, model: type[M]) -> QuerySet[M]: ...
def jobs_in(scope: Scope, model: type[JobRun] = JobRun) -> QuerySet[Any]:
    """`model` may be a proxy of JobRun."""
    return scope.limit(model.objects.all())


def listed_jobs(scope: Scope, ids: Collection[int]) -> list[JobRun]:
    """Those of these ids, with their customers, by id."""
    found = jobs_in(scope).filter(pk__in=ids).select_related("customer").defer(*UNLISTED)
    return list(found.order_by("pk"))


def with_attempt_count(jobs: QuerySet[Any]) -> QuerySet[Any]:
    """Jobs with `tries`, the number of their attempts."""
    tried = JobAttempt.objects.filter(job_run=OuterRef("pk")).order_by().values("job_run")
    number = Subquery(tried.annotate(number=Count("*")).values("number"))
    counted: QuerySet[Any] = jobs.annotate(tries=number)
    return counted


def current_counts(scope: Scope) -> dict[str, int]:
    """The numbers of queued, running and failed jobs, by status. Those that are done are not
    counted, nor failed ones that are resolved.
    """
    current = jobs_in(scope).filter(
        status__in=(*JobRun.QUEUED, Status.RUNNING, Status.FAILED), resolved_at=None
    )
    return dict(current.values_list("status").annotate(number=Count("*")).order_by())


def running_jobs(scope: Scope, kinds: Collection[str]) -> QuerySet[JobRun]:
    """The running jobs of these kinds, with what their progress shows."""
    return jobs_in(scope).filter(status=Status.RUNNING, kind__in=kinds).only(*_PROGRESS)


def places_in(scope: Scope, ids: list[int]) -> dict[int, Place]:
    """As `estimate_places`; a limited user's jobs are numbered among those in the scope."""
    return estimate_places(ids, scope.customer_ids)


def newest(scope: Scope, page: str, most: int) -> list[int]:
    """The ids at the top of a list of jobs or batches; empty for a list of another kind."""
    jobs, found = jobs_in(scope), None
    match page:
        case "jobs":
            found = jobs.filter(status=Status.RUNNING).values_list("pk")
        case "waiting":
            found = in_queue_order(jobs.filter(status__in=JobRun.QUEUED)).values_list("pk")
        case "failed":
            failed = jobs.filter(status=Status.FAILED, resolved_at=None)
            found = failed.order_by("-finished_at", "-pk").values_list("pk")
        case "batches" if scope.is_limited:
            own = jobs.filter(batch__isnull=False).order_by("-batch")
            found = own.values_list("batch").distinct()
        case "batches":
            return list(JobBatch.objects.order_by("-pk").values_list("pk", flat=True)[:most])
    return [] if found is None else [pk for (pk,) in found[:most]]


def jobs_since(
    scope: Scope, kinds: Collection[str], customer_id: int, moment: datetime
) -> QuerySet[JobRun]:
    """The latest jobs of these kinds and of a customer that ended after `moment`."""
    since = jobs_in(scope).filter(customer=customer_id, kind__in=kinds, finished_at__gte=moment)
    return since.exclude(status=Status.CANCELLED).defer("exception").order_by("-finished_at")


def latest_of_customer(scope: Scope, customer_id: int) -> QuerySet[JobRun]:
    """Queued and running jobs first, which have no end yet, then the latest of the others."""
    found = jobs_in(scope).filter(customer=customer_id).defer("exception")
    return found.order_by("-finished_at", "-pk")


def unresolved_of_customer(scope: Scope, customer_id: int) -> QuerySet[JobRun]:
    """The latest failed job of each kind, except those that are resolved."""
    failed = jobs_in(scope).filter(customer=customer_id, status=Status.FAILED, resolved_at=None)
    return failed.defer("exception").order_by("kind", "-finished_at").distinct("kind")


def batches_in(scope: Scope) -> QuerySet[JobBatch]:
    """The batches that have a job in the scope."""
    batches = JobBatch.objects.all()
    if not scope.is_limited:
        return batches
    return batches.filter(Exists(jobs_in(scope).filter(batch=OuterRef("pk"))))


def jobs_of_batch(scope: Scope, batch_id: int) -> QuerySet[JobRun]:
    """By customer."""
    found = jobs_in(scope).filter(batch=batch_id).select_related("customer").defer(*UNLISTED)
    return found.order_by("customer__name")


def count_jobs(scope: Scope, batch_ids: Collection[int]) -> dict[int, BatchCounts]:
    """How far batches are, from the jobs in the scope alone; one statement."""
    jobs = jobs_in(scope).filter(batch__in=batch_ids)
    found = jobs.order_by().values_list("batch", "status").annotate(number=Count("*"))
    counts: dict[int, BatchCounts] = defaultdict(BatchCounts)
    for batch_id, status, number in found:
        counts[batch_id].add(status, number)
    return counts


def workers_in(scope: Scope) -> QuerySet[WorkerProcess]:
    """The workers that are alive, with the jobs of the scope that they run in `running`.

    Workers belong to no customer: every user sees that they are there.
    """
    running = jobs_in(scope).filter(status=Status.RUNNING).order_by("started_at")
    own = running.select_related("customer").defer(*UNLISTED)
    alive = WorkerProcess.objects.filter(pk__in=[worker.pk for worker in alive_workers()])
    return alive.prefetch_related(Prefetch("job_runs", own, to_attr="running"))


def count_of_customer(scope: Scope, customer: Customer) -> int:
    return jobs_in(scope).filter(customer=customer).count()


def changes_by_day(scope: Scope, days: int) -> dict[date, dict[str, Any]]:
    """What the syncs of the last days did: `created`, `updated` and `deleted` workflows (None for
    none) and `failed` jobs, by the day in the current time zone. Days without jobs are missing, and
    read as zeros.
    """
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    # By its offset: the database may not know the time zone's name.
    offset = fixed_offset(midnight.utcoffset() or timedelta())
    found = (
        jobs_in(scope)
        .filter(finished_at__gte=midnight - timedelta(days=days - 1))
        .annotate(day=TruncDate("finished_at", tzinfo=offset))
        .values("day")
        .annotate(
            created=_total("created"),
            updated=_total("updated"),
            deleted=_total("deleted"),
            failed=Count("pk", filter=Q(status=Status.FAILED)),
        )
        .order_by("day")
    )
    by_day: dict[date, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
    by_day.update({row["day"]: dict(row) for row in found})
    return by_day


def _total(stat: str) -> Sum:
    return Sum(Cast(KeyTextTransform(stat, "output"), IntegerField()))
