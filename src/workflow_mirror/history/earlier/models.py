"""What has been requested of earlier versions, and how many requests that took."""

from typing import TYPE_CHECKING

from django.db import models

from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import WorkflowExport

if TYPE_CHECKING:
    from workflow_mirror.errors import Coded


class EarlierVersion(models.Model):
    """A version that needs no request, as long as its entry in Zuora's list stays the same.

    Either the mirror has its export, or Zuora has none and `error` says why.
    """

    # The constraint below is an index on customer, too.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="earlier_versions", db_index=False
    )
    workflow_zuora_id = models.TextField()
    version = models.TextField()
    # Of the entry, as text: an entry without one has "".
    version_id = models.TextField()
    listed_updated_at = models.TextField()
    fetched_at = models.DateTimeField()
    export = models.ForeignKey(
        WorkflowExport, on_delete=models.CASCADE, null=True, related_name="+"
    )
    error = models.TextField(blank=True, default="")
    error_details: "models.JSONField[Coded | None]" = models.JSONField(null=True)

    class Meta:
        db_table = "earlier_versions"
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "workflow_zuora_id", "version"), name="earlier_versions_version"
            ),
        )

    def __str__(self) -> str:
        return f"{self.workflow_zuora_id} {self.version}"


class Spending(models.Model):
    """The requests that a customer's earlier versions have taken on one day (UTC)."""

    customer = models.OneToOneField(
        Customer, on_delete=models.CASCADE, primary_key=True, related_name="earlier_spending"
    )
    day = models.DateField()
    requests = models.IntegerField(default=0)

    class Meta:
        db_table = "earlier_versions_spending"

    def __str__(self) -> str:
        return f"{self.requests} on {self.day}"
