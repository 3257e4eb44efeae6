"""The change log: what each sync saw change."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.jobs.models import JobRun
from workflow_mirror.workflows.models import Workflow, WorkflowExport


class WorkflowChange(models.Model):
    """One change of one workflow, written in the transaction that wrote the change itself.

    The row refers to its workflow by customer and Zuora ID, as exports do. A workflow that changes
    in several ways at once has one row of each kind.
    """

    class Kind(models.TextChoices):
        CREATED = "created", _("created")
        CONTENT = "content", _("content")
        RENAMED = "renamed", _("renamed")
        ACTIVATED = "activated", _("activated")
        DEACTIVATED = "deactivated", _("deactivated")
        SETTINGS = "settings", _("settings")
        DRAFT = "draft", _("draft")
        DELETED = "deleted", _("deleted")
        RESTORED = "restored", _("restored")
        EXPORT_FAILED = "export_failed", _("export failed")
        EXPORT_RECOVERED = "export_recovered", _("export recovered")

    # The indexes below begin with the customer, too.
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="workflow_changes",
        db_index=False,
        verbose_name=_("customer"),
    )
    workflow = models.ForeignKey(
        Workflow,
        on_delete=models.SET_NULL,
        null=True,
        related_name="changes",
        verbose_name=_("workflow"),
    )
    workflow_zuora_id = models.TextField(_("Zuora ID"))
    seen_at = models.DateTimeField(_("seen"))
    # The job that saw it, which may be deleted by now. Null for what the log's migration knew.
    job_run = models.ForeignKey(
        JobRun,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="workflow_changes",
        db_constraint=False,
        db_index=False,
    )
    kind = models.TextField(_("kind"), choices=Kind)
    # The export before and after, where the content or the draft changed. Without constraints,
    # which would need an index each: an export is deleted only together with its customer.
    export_before = models.ForeignKey(
        WorkflowExport,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    export_after = models.ForeignKey(
        WorkflowExport,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # {column: {"before": value, "after": value}}, with the columns of `workflows`.
    fields: "models.JSONField[dict[str, dict[str, Any]]]" = models.JSONField(default=dict)
    # The diff of the two exports, as [[code, number]] of history.diff's sentence. Null until
    # somebody looks at the entry: a sync must not wait for thousands of diffs.
    summary: "models.JSONField[list[list[Any]] | None]" = models.JSONField(null=True)
    # Who made the change in Zuora, and when; empty where the list did not tell.
    changed_by = models.TextField(_("changed by"), blank=True, default="")
    changed_at = models.DateTimeField(_("changed"), null=True)

    class Meta:
        db_table = "workflow_changes"
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        default_permissions = ()  # whoever may view workflows may view their changes
        indexes = (
            models.Index(
                fields=("customer", "workflow_zuora_id", "seen_at", "id"),
                name="workflow_changes_timeline",
            ),
            # For the list of all changes, its filters, and those of some customers.
            models.Index(fields=("seen_at", "id"), name="workflow_changes_seen"),
            models.Index(fields=("customer", "seen_at", "id"), name="workflow_changes_customer"),
            models.Index(fields=("kind", "seen_at", "id"), name="workflow_changes_kind"),
            # With the customer, so that the choices of limited users skip other customers' changes.
            models.Index(
                fields=("changed_by", "customer", "seen_at", "id"),
                condition=~models.Q(changed_by=""),
                name="workflow_changes_who",
            ),
        )

    def __str__(self) -> str:
        return f"{self.workflow_zuora_id} {self.kind} {self.seen_at:%Y-%m-%d %H:%M}"
