"""Deleting jobs that finished long ago: itself a kind of job."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.kinds import Kind, Priority
from workflow_mirror.jobs.models import JobBatch, JobRun
from workflow_mirror.jobs.report import Report
from workflow_mirror.jobs.requests import Wanted, request
from workflow_mirror.jobs.work import Work

log = structlog.get_logger(__name__)

FAILED = Q(status=JobRun.Status.FAILED)


def prune() -> int:
    """Delete jobs that ended more than ZWM_KEEP_RUNS_DAYS ago; how many.

    Failed ones are kept for ZWM_KEEP_FAILED_RUNS_DAYS. Any worker may do this at any time.
    """
    _, deleted = _old_jobs().delete()
    pruned = deleted.get("jobs.JobRun", 0)
    if pruned:
        log.info("Old jobs deleted", jobs=pruned)
    # A batch is written in one transaction with its jobs: one without any is over.
    JobBatch.objects.filter(job_runs=None).delete()
    return pruned


def request_if_needed() -> None:
    """Queue a pruning if there are old jobs."""
    if _old_jobs().exists():
        request(PRUNE, [Wanted("prune")], requested_by="maintenance", priority=Priority.BACKGROUND)


def _old_jobs() -> QuerySet[JobRun]:
    now = timezone.now()
    plain = Q(finished_at__lt=now - timedelta(days=settings.ZWM_KEEP_RUNS_DAYS)) & ~FAILED
    failed = Q(finished_at__lt=now - timedelta(days=settings.ZWM_KEEP_FAILED_RUNS_DAYS)) & FAILED
    return JobRun.objects.filter(plain | failed, status__in=JobRun.ENDED)


def _handle(work: Work) -> None:
    pruned = prune()
    work.report = lambda: Report(output={"deleted": pruned}, done=pruned, total=pruned)


PRUNE = Kind(
    name="prune",
    title="delete old jobs",
    label=_("delete old jobs"),
    handler=_handle,
    tries=lambda: 3,
    backoff=lambda: timedelta(minutes=1),
)
