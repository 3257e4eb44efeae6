from django.utils.translation import gettext_lazy as _

from workflow_mirror.jobs.models import JobRun


class WaitingJob(JobRun):
    """The jobs in the queue, for a separate page. Their permissions are those of jobs."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("waiting job")
        verbose_name_plural = _("jobs waiting")


class FailedJob(JobRun):
    """The failed jobs, for a separate page. Their permissions are those of jobs."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("failed job")
        verbose_name_plural = _("failed jobs")
