from django.db import models

from workflow_mirror.customers.models import Customer

EVERY_HOUR = "0 * * * *"


class Schedule(models.Model):
    """When syncs start by themselves: of all active customers, or of the active ones among some."""

    name = models.CharField(max_length=200, unique=True)
    cron = models.CharField(max_length=100, default=EVERY_HOUR)
    timezone = models.CharField(max_length=64, default="UTC")
    # Said by itself, so that removing the last chosen customer does not come to mean all of them.
    all_customers = models.BooleanField(default=True)
    customers = models.ManyToManyField(Customer, related_name="schedules", blank=True)
    full = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=False)
    last_run_at = models.DateTimeField(null=True, editable=False)
    # Null while it is off.
    next_run_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "schedules"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
