"""Deleting jobs that finished long ago."""

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from workflow_mirror.jobs.models import JobBatch, JobRun

log = structlog.get_logger(__name__)

FAILED = Q(status=JobRun.Status.FAILED)


def prune() -> int:
    """Delete jobs that ended more than ZWM_KEEP_RUNS_DAYS ago; how many.

    Failed ones are kept for ZWM_KEEP_FAILED_RUNS_DAYS. Any worker may do this at any time.
    """
    now = timezone.now()
    plain = Q(finished_at__lt=now - timedelta(days=settings.ZWM_KEEP_RUNS_DAYS)) & ~FAILED
    failed = Q(finished_at__lt=now - timedelta(days=settings.ZWM_KEEP_FAILED_RUNS_DAYS)) & FAILED
    _, deleted = JobRun.objects.filter(plain | failed, status__in=JobRun.ENDED).delete()
    pruned = deleted.get("jobs.JobRun", 0)
    if pruned:
        log.info("Old jobs deleted", jobs=pruned)
    # A batch is written in one transaction with its jobs: one without any is over.
    JobBatch.objects.filter(job_runs=None).delete()
    return pruned
