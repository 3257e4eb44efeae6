from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.saving import SavesChanges

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
