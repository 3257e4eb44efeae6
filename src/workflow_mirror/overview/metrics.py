"""The state of the mirror as metrics for Prometheus.

All of it comes from the database, so every web process gives the same answer, and the number of
statements does not depend on the number of customers or jobs. What has ended is counted over the
last hour, by an index: a sum over all jobs would shrink when old ones are deleted.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from importlib.metadata import version
from typing import Any

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.utils import timezone
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from workflow_mirror.access.customers import customers_in
from workflow_mirror.access.scope import EVERYTHING
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.jobs.queries import alive_workers
from workflow_mirror.schedules.alarms import Code, find_alarms
from workflow_mirror.schedules.freshness import GOOD, is_stale, with_freshness
from workflow_mirror.sync.kinds import SYNC

WINDOW = timedelta(hours=1)
Status = JobRun.Status

# Name: what it means, and its labels.
METRICS: dict[str, tuple[str, tuple[str, ...]]] = {
    "zwm_build_info": ("The version of the web process; always 1.", ("version",)),
    "zwm_jobs": (
        "Jobs that wait, run, will be retried, or failed and were not made good since.",
        ("status", "kind"),
    ),
    "zwm_jobs_ended_last_hour": ("Jobs that ended in the last hour.", ("status", "kind")),
    "zwm_oldest_due_job_seconds": ("How long the job that is due longest has waited; or 0.", ()),
    "zwm_workers": ("Worker processes with a recent heartbeat.", ()),
    "zwm_worker_slots": ("Jobs that these workers can run at the same time.", ()),
    "zwm_alarms": ("What zwm queue monitor complains of: how many are affected.", ("code",)),
    "zwm_customer_active": ("Whether the customer is synced: 1 or 0.", ("customer",)),
    "zwm_customer_stale": (
        "Whether the last good sync is older than the customer's schedules allow: 1 or 0.",
        ("customer",),
    ),
    "zwm_customer_credentials_rejected": (
        "Whether the customer's credentials need attention: 1 or 0.",
        ("customer",),
    ),
    "zwm_customer_last_good_sync_age_seconds": (
        "Age of the last good sync; no sample before the first one.",
        ("customer",),
    ),
    "zwm_customer_last_good_sync_duration_seconds": (
        "Duration of the last good sync; no sample before the first one.",
        ("customer",),
    ),
    "zwm_zuora_requests_last_hour": (
        "Requests to Zuora of jobs that run, or ended in the last hour.",
        ("customer",),
    ),
    "zwm_zuora_wait_seconds_last_hour": (
        "Seconds that these jobs waited for Zuora's rate limits and retries.",
        ("customer",),
    ),
}
_CONDITIONS: dict[str, Callable[[Any], bool]] = {
    "zwm_customer_active": lambda one: bool(one.is_active),
    "zwm_customer_stale": is_stale,
    "zwm_customer_credentials_rejected": lambda one: bool(one.needs_attention),
}


def exposition() -> bytes:
    """All metrics in Prometheus' text format. Over all customers: for operators only."""
    return generate_latest(_Mirror())


class _Mirror(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _family("zwm_build_info", [((version("zuora-workflow-mirror"),), 1)])
        yield from _jobs()
        yield from _workers()
        alarms = {alarm.code: alarm.count for alarm in find_alarms(EVERYTHING)}
        yield _family("zwm_alarms", [((code.value,), alarms.get(code, 0)) for code in Code])
        yield from _customers()
        yield from _zuora()


type Samples = Iterable[tuple[tuple[str, ...], float]]


def _family(name: str, samples: Samples) -> GaugeMetricFamily:
    text, labels = METRICS[name]
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _jobs() -> Iterator[GaugeMetricFamily]:
    waiting = Q(status__in=(*JobRun.QUEUED, Status.RUNNING))
    failed = Q(status=Status.FAILED, resolved_at=None)
    yield _family("zwm_jobs", _counted(JobRun.objects.filter(waiting | failed)))
    yield _family("zwm_jobs_ended_last_hour", _counted(_ended_lately()))
    due = JobRun.objects.filter(status__in=JobRun.QUEUED, due_at__lte=Now())
    since = due.aggregate(since=Min("due_at"))["since"]
    yield _family("zwm_oldest_due_job_seconds", [((), _age(since))])


def _workers() -> Iterator[GaugeMetricFamily]:
    alive = alive_workers()
    yield _family("zwm_workers", [((), len(alive))])
    yield _family("zwm_worker_slots", [((), sum(worker.concurrency for worker in alive))])


def _customers() -> Iterator[GaugeMetricFamily]:
    good = JobRun.objects.filter(customer=OuterRef("pk"), kind=SYNC.name, status__in=GOOD)
    duration = good.order_by("-finished_at").values(seconds=F("finished_at") - F("started_at"))
    known: list[Any] = list(
        with_freshness(customers_in(EVERYTHING)).annotate(duration=Subquery(duration[:1]))
    )
    for name, is_so in _CONDITIONS.items():
        yield _family(name, [((one.name,), is_so(one)) for one in known])
    synced = [one for one in known if one.last_good_at]
    yield _family(
        "zwm_customer_last_good_sync_age_seconds",
        [((one.name,), _age(one.last_good_at)) for one in synced],
    )
    yield _family(
        "zwm_customer_last_good_sync_duration_seconds",
        [((one.name,), one.duration.total_seconds()) for one in known if one.duration],
    )


def _zuora() -> Iterator[GaugeMetricFamily]:
    lately = _ended_lately() | JobRun.objects.filter(status=Status.RUNNING)
    used = list(
        lately.exclude(customer=None)
        .values_list("customer__name")
        .annotate(requests=Coalesce(Sum("requests"), 0), waited=Sum("seconds_waited"))
    )
    yield _family("zwm_zuora_requests_last_hour", [((name,), n) for name, n, _ in used])
    yield _family("zwm_zuora_wait_seconds_last_hour", [((name,), s) for name, _, s in used])


def _ended_lately() -> QuerySet[JobRun]:
    return JobRun.objects.filter(finished_at__gte=timezone.now() - WINDOW)


def _counted(runs: QuerySet[JobRun]) -> Samples:
    counted = runs.order_by().values_list("status", "kind").annotate(number=Count("pk"))
    return [((status, kind), number) for status, kind, number in counted]


def _age(moment: Any) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0
