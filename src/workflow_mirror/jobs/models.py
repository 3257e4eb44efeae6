"""Jobs from queueing to their end: request, requester, outcome, every attempt.

These tables determine a job's status. The engine (procrastinate, in the same database) only
wakes a worker up.
"""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer

if TYPE_CHECKING:
    from workflow_mirror.errors import Coded

# The `queue` of a job run that a command does itself.
DIRECT = "direct"


class JobBatch(models.Model):
    """The jobs that one request made."""

    requested_by = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "job_batches"
        verbose_name = _("job batch")
        verbose_name_plural = _("job batches")

    def __str__(self) -> str:
        return _("batch %(id)s") % {"id": self.pk}


class WorkerProcess(models.Model):
    """A process that runs jobs. If its heartbeat stops, the process has ended or is frozen."""

    id = models.UUIDField(primary_key=True)
    host = models.TextField()
    pid = models.IntegerField()
    # Names its database connections, so that they can be cut when it is frozen.
    application_name = models.TextField()
    # 0: it works no queue, and only syncs what its command names.
    concurrency = models.IntegerField()
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()

    class Meta:
        db_table = "job_workers"
        verbose_name = _("worker")
        verbose_name_plural = _("workers")

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class JobRun(models.Model):
    """One job of any kind; jobs.kinds tells what each kind does."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        RETRYING = "retrying", _("retry scheduled")
        SUCCEEDED = "succeeded", _("succeeded")
        COMPLETED_WITH_ERRORS = "completed_with_errors", _("completed with errors")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    # Not begun, or to be begun again: a second request with the same key joins it.
    QUEUED = (Status.WAITING, Status.RETRYING)
    ENDED = (
        Status.SUCCEEDED,
        Status.COMPLETED_WITH_ERRORS,
        Status.FAILED,
        Status.CANCELLED,
    )

    kind = models.TextField(_("kind"))
    arguments: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)
    # Of the jobs with one key at most one waits to be joined, and one runs.
    unique_key = models.TextField()
    priority = models.IntegerField(default=0)
    # The latest of its calls to a worker.
    engine_job_id = models.BigIntegerField(null=True)
    name = models.TextField()
    queue = models.TextField(default="default")
    status = models.TextField(choices=Status, default=Status.WAITING)
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="job_runs",
        verbose_name=_("customer"),
        null=True,
    )
    batch = models.ForeignKey(
        JobBatch, on_delete=models.SET_NULL, null=True, related_name="job_runs"
    )
    requested_by = models.TextField()
    # False for a job that came back into the queue where the next one with its key waited already.
    is_joinable = models.BooleanField(default=True)
    attempt = models.IntegerField(default=0)
    # Workers in a row that were killed or frozen while they ran this job.
    workers_lost = models.IntegerField(default=0)
    worker = models.ForeignKey(
        WorkerProcess, on_delete=models.SET_NULL, null=True, related_name="job_runs"
    )
    progress_done = models.IntegerField(default=0)
    progress_total = models.IntegerField(default=0)
    requests = models.IntegerField(default=0)
    seconds_waited = models.FloatField(default=0)
    # While it runs: the end of its wait for Zuora. Null while it does not wait.
    waiting_until = models.DateTimeField(null=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # Of a failed job: when a later one did its work. Null until then.
    resolved_at = models.DateTimeField(null=True)
    cancel_requested = models.BooleanField(default=False)
    output: "models.JSONField[dict[str, Any] | None]" = models.JSONField(null=True)
    error = models.TextField(blank=True, default="")
    error_details: "models.JSONField[Coded | None]" = models.JSONField(null=True)
    exception = models.TextField(blank=True, default="")

    class Meta:
        db_table = "job_manager"
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = (
            # What makes a second request join: the database knows of one such job at the most.
            models.UniqueConstraint(
                fields=("unique_key",),
                condition=models.Q(status__in=("waiting", "retrying"), is_joinable=True),
                name="job_manager_one_queued",
            ),
            # Of the jobs with one key one runs; a direct run waits for none, so each is its own.
            models.UniqueConstraint(
                models.F("unique_key"),
                models.Case(models.When(queue=DIRECT, then="id"), default=0),
                condition=models.Q(status="running"),
                name="job_manager_running",
            ),
        )
        indexes = (
            models.Index(fields=("status", "due_at"), name="job_manager_status_due"),
            # With `job_manager_one_queued`: what waits for the end of a job with the same key.
            models.Index(
                fields=("unique_key",),
                condition=models.Q(status__in=("waiting", "retrying"), is_joinable=False),
                name="job_manager_not_joinable",
            ),
            models.Index(fields=("finished_at",), name="job_manager_finished"),
            models.Index(
                fields=("unique_key",),
                condition=models.Q(status="failed", resolved_at=None),
                name="job_manager_unresolved",
            ),
            # The last one of each customer.
            models.Index(fields=("customer", "-finished_at"), name="job_manager_customer"),
        )
        permissions = (
            ("retry_jobrun", "Can retry job"),
            ("cancel_jobrun", "Can cancel job"),
        )

    def __str__(self) -> str:
        return _("job %(id)s") % {"id": self.pk}


class JobAttempt(models.Model):
    """One try of a job, even if its worker died and never ended it."""

    class Outcome(models.TextChoices):
        SUCCEEDED = "succeeded", _("succeeded")
        COMPLETED_WITH_ERRORS = "completed_with_errors", _("completed with errors")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        RETRYING = "retrying", _("will retry")
        GIVEN_BACK = "given back", _("returned to queue")
        WORKER_LOST = "worker lost", _("worker lost")

    job_run = models.ForeignKey(JobRun, on_delete=models.CASCADE, related_name="attempts")
    number = models.IntegerField()
    worker = models.TextField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.TextField(choices=Outcome, blank=True, default="")
    error = models.TextField(blank=True, default="")
    error_details: "models.JSONField[Coded | None]" = models.JSONField(null=True)
    exception = models.TextField(blank=True, default="")

    class Meta:
        db_table = "job_attempts"
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.job_run} attempt {self.number}"
