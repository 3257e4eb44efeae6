from typing import TYPE_CHECKING

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.encryption import EncryptedTextField
from workflow_mirror.customers.models import Customer
from workflow_mirror.saving import SavesChanges

if TYPE_CHECKING:
    from workflow_mirror.errors import Coded

EVERY_HOUR = "0 * * * *"


class Schedule(SavesChanges):
    """When syncs start by themselves: of all active customers, or of the active ones among some."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    cron = models.CharField(_("cron expression"), max_length=100, default=EVERY_HOUR)
    timezone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # Said by itself, so that removing the last chosen customer does not come to mean all of them.
    all_customers = models.BooleanField(_("all customers"), default=True)
    customers = models.ManyToManyField(
        Customer, related_name="schedules", blank=True, verbose_name=_("customers")
    )
    full = models.BooleanField(_("full sync"), default=False)
    is_enabled = models.BooleanField(_("enabled"), default=False)
    last_run_at = models.DateTimeField(_("last run"), null=True, editable=False)
    # Null while it is off.
    next_run_at = models.DateTimeField(_("next run"), null=True, editable=False)
    # Called after each good run. Null: none. Its path is as good as a password.
    heartbeat_url = EncryptedTextField(_("heartbeat URL"), null=True, blank=True)
    heartbeat_at = models.DateTimeField(_("last heartbeat"), null=True, editable=False)
    # Why the last call failed; "" after one that was answered.
    heartbeat_error = models.TextField(blank=True, default="", db_default="", editable=False)
    heartbeat_details: "models.JSONField[Coded | None]" = models.JSONField(
        null=True, editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "schedules"
        ordering = ("name",)
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        permissions = (("run_schedule", "Can run schedule"),)

    def __str__(self) -> str:
        return self.name

    @property
    def has_heartbeat(self) -> bool:
        """Without decrypting the URL."""
        return vars(self)["heartbeat_url"] is not None


class ScheduleRun(models.Model):
    """A run that is not over yet, of a schedule with a heartbeat URL."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="+")
    job_ids = ArrayField(models.BigIntegerField())
    started_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "schedule_runs"
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.schedule_id}: {self.job_ids}"
