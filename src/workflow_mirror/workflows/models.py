"""What is mirrored: workflows, their tasks, and every distinct export ever seen.

Column names follow the first design of this system, so that its reports still work.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models, transaction
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Collate, Left, Upper
from django.utils.translation import gettext_lazy as _

from workflow_mirror.customers.models import Customer
from workflow_mirror.exact_json import ExactDecoder, ExactEncoder
from workflow_mirror.workflows.columns import TASKS, WORKFLOWS, Column, from_zuora
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.exports import hash_of_content
from workflow_mirror.workflows.extraction import extract_tasks
from workflow_mirror.workflows.secrets import masked
from workflow_mirror.workflows.task_store import TaskChanges, sync_tasks

if TYPE_CHECKING:
    from workflow_mirror.errors import Coded
    from workflow_mirror.workflows.export_warnings import Warned


def sortable_name() -> Collate:
    """The name, case-insensitive, by which lists are sorted and short search terms are looked up.

    Only its beginning: an index entry must be short, and names from Zuora may be long. In byte
    order, so that one index serves both purposes.
    """
    return Collate(Upper(Left("name", 100)), "C")


def contained_in(column: str) -> OpClass:
    """For an index that finds substrings, case-insensitively: Django's `icontains`."""
    return OpClass(Upper(column), name="gin_trgm_ops")


def zuora_json(**options: Any) -> "models.JSONField[Any]":
    """A column for JSON from Zuora: numbers keep their exact value."""
    return models.JSONField(decoder=ExactDecoder, encoder=ExactEncoder, **options)


class Workflow(models.Model):
    """A workflow definition of one customer, keyed by the list's id (never a version's).

    Workflows with `deleted_at` are deleted in Zuora and kept here. Further columns of Zuora's list
    are added below, from the catalogue.
    """

    # The constraint below is an index on customer, too.
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="workflows",
        db_index=False,
        verbose_name=_("customer"),
    )
    zuora_id = models.TextField(_("Zuora ID"))
    name = models.TextField(_("name"), blank=True, default="")
    description = models.TextField(_("description"), blank=True, default="")
    state = models.TextField(_("status"), blank=True, default="")
    # Zuora's own times, in UTC; the original texts are in `list_row`.
    created_on = models.DateTimeField(_("created"), null=True)
    updated_on = models.DateTimeField(_("updated"), null=True)
    version = models.TextField(_("version"), blank=True, default="")
    version_id = models.TextField(blank=True, default="")
    # An inactive version newer than the active one, and the content hash of its last good export.
    draft_version = models.TextField(_("draft"), blank=True, default="")
    draft_hash = models.CharField(max_length=64, blank=True, default="")
    callout_trigger = models.BooleanField(default=False)
    ondemand_trigger = models.BooleanField(default=False)
    scheduled_trigger = models.BooleanField(default=False)
    interval = models.TextField(_("schedule"), blank=True, default="")
    timezone = models.TextField(_("time zone"), blank=True, default="")
    list_row = zuora_json(default=dict)
    last_synced_at = models.DateTimeField(_("last synced"), null=True)
    deleted_at = models.DateTimeField(_("deleted in Zuora"), null=True)
    # The last good export, and how it was obtained.
    json_export = zuora_json(null=True)
    export_hash = models.CharField(max_length=64, blank=True, default="")
    export_fingerprint = models.CharField(max_length=64, blank=True, default="")
    exported_at = models.DateTimeField(_("last exported"), null=True)
    export_error = models.TextField(_("export error"), blank=True, default="")
    export_error_details: "models.JSONField[Coded | None]" = models.JSONField(null=True)
    # Export warnings: duplicate task IDs, edges to missing tasks, replaced characters.
    oddities: "models.JSONField[list[Warned]]" = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "workflows"
        verbose_name = _("workflow")
        verbose_name_plural = _("workflows")
        permissions = (("reveal_workflow", "Can reveal secrets, download exports with secrets"),)
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "zuora_id"), name="workflows_customer_zuora_id"
            ),
        )
        indexes = (
            models.Index(fields=("zuora_id",), name="workflows_zuora_id"),
            models.Index(fields=("state", "customer"), name="workflows_state"),
            # For the counts per customer in the list of customers.
            models.Index(
                fields=("customer",), condition=models.Q(deleted_at=None), name="workflows_present"
            ),
            models.Index(
                fields=("customer",),
                condition=~models.Q(export_error="") & models.Q(deleted_at=None),
                name="workflows_export_trouble",
            ),
            # The other indexes serve the lists: sorting, with the key to order equal rows, and
            # search.
            models.Index(sortable_name(), "id", name="workflows_by_name"),
            models.Index(fields=("updated_on", "id"), name="workflows_by_updated"),
            models.Index(fields=("last_synced_at", "id"), name="workflows_by_synced"),
            models.Index(
                fields=("callout_trigger", "ondemand_trigger", "scheduled_trigger", "customer"),
                name="workflows_triggers",
            ),
            models.Index(
                fields=("deleted_at",),
                condition=models.Q(deleted_at__isnull=False),
                name="workflows_deleted",
            ),
            GinIndex(contained_in("name"), name="workflows_name_search"),
            GinIndex(contained_in("description"), name="workflows_description_search"),
        )

    def __str__(self) -> str:
        """The name as it may be shown."""
        return masked(self.name) or self.zuora_id

    def sync_tasks_from_json(self) -> TaskChanges:
        """Save `json_export`, and update the tasks to match: insert, update, delete.

        One transaction; the number of SQL statements does not depend on the number of tasks. An
        export without a list of tasks changes none, since it says nothing about them. A document
        that differs from the last export makes the next sync request the export again, so that
        it cannot stay by mistake.
        """
        self.json_export, _ = storable(self.json_export)
        content_hash = hash_of_content(self.json_export)
        if content_hash != self.export_hash:
            self.export_hash, self.export_fingerprint = content_hash, ""
        saved = ["json_export", "export_hash", "export_fingerprint", "updated_at"]
        with transaction.atomic():
            self.save(update_fields=saved)
            return sync_tasks({self.pk: extract_tasks(self.json_export)})


class Task(models.Model):
    """One step inside a workflow's last good export.

    `action_type` is Zuora's unchanged text (`Logic::Case`), `task_type` its family (`Logic`).
    Further columns of the export are added below, from the catalogue.
    """

    # The constraint below is an index on workflow, too.
    workflow = models.ForeignKey(
        Workflow,
        on_delete=models.CASCADE,
        related_name="tasks",
        db_index=False,
        verbose_name=_("workflow"),
    )
    # A copy of the workflow's customer, so that lists of some customers' tasks need no join.
    # Written from the workflow's row; the constraint of that column covers this one, too.
    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        related_name="tasks",
        db_constraint=False,
        verbose_name=_("customer"),
    )
    zuora_id = models.TextField(_("Zuora ID"))
    name = models.TextField(_("name"), blank=True, default="")
    task_type = models.TextField(_("task type"), blank=True, default="")
    action_type = models.TextField(_("action type"), blank=True, default="")
    object = models.TextField(_("object"), blank=True, default="")
    call_type = models.TextField(_("call type"), blank=True, default="")
    workflow_task_json = zuora_json(null=True)
    # The task's parameters. The database derives them, so they can never disagree.
    data = models.GeneratedField(
        expression=KeyTransform("parameters", "workflow_task_json"),
        output_field=zuora_json(null=True),
        db_persist=True,
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "tasks"
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = (
            models.UniqueConstraint(
                fields=("workflow", "zuora_id"), name="tasks_workflow_zuora_id"
            ),
        )
        indexes = (
            models.Index(fields=("zuora_id",), name="tasks_zuora_id"),
            # For the list: its filters and their choices, its order, its search. With the
            # customer, so that queries of limited users skip the tasks of other customers.
            models.Index(fields=("task_type", "customer"), name="tasks_task_type"),
            models.Index(fields=("action_type", "customer"), name="tasks_action_type"),
            models.Index(fields=("object", "customer"), name="tasks_object"),
            models.Index(fields=("call_type", "customer"), name="tasks_call_type"),
            models.Index(sortable_name(), "id", name="tasks_by_name"),
            GinIndex(contained_in("name"), name="tasks_name_search"),
        )

    def __str__(self) -> str:
        """The name as it may be shown."""
        return masked(self.name) or self.zuora_id


class WorkflowExport(models.Model):
    """One version of a workflow: an export with distinct content, written once.

    Only `last_seen_at` is updated. The row refers to its workflow by customer and Zuora ID, so that
    it outlives the workflow's row.
    """

    # The constraint below is an index on customer, too.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="workflow_exports", db_index=False
    )
    workflow = models.ForeignKey(
        Workflow, on_delete=models.SET_NULL, null=True, related_name="exports"
    )
    workflow_zuora_id = models.TextField()
    # Hash of the content, without run state; for a repeat, of the whole document.
    content_hash = models.CharField(max_length=64)
    # The version that this export repeats with other run state; null for a version. Earlier
    # releases compared whole documents. Their repeats are kept; syncs no longer add any.
    repeat_of = models.ForeignKey(
        "self", on_delete=models.DO_NOTHING, null=True, related_name="repeats", db_index=False
    )
    zuora_version = models.TextField(blank=True, default="")
    zuora_version_id = models.TextField(blank=True, default="")
    # `updatedAt` of the list row read before this export: the two are not one snapshot.
    listed_updated_on = models.DateTimeField(null=True)
    document = zuora_json()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        db_table = "workflow_exports"
        constraints = (
            models.UniqueConstraint(
                fields=("customer", "workflow_zuora_id", "content_hash"),
                name="workflow_exports_content",
            ),
        )
        indexes = (
            models.Index(
                fields=("repeat_of",),
                condition=models.Q(repeat_of__isnull=False),
                name="workflow_exports_repeats",
            ),
        )

    def __str__(self) -> str:
        return f"{self.workflow_zuora_id} {self.zuora_version} {self.content_hash[:12]}"


def _add_columns(model: type[models.Model], columns: Iterable[Column]) -> None:
    """Add the catalogue's columns that the model's class does not declare.

    A class declares the fields that it indexes and the fields that code reads by name, so that
    their types are checked. Any other column needs only its line in the catalogue.
    """
    for column in columns:
        if not hasattr(model, column.name):
            _field_of(column).contribute_to_class(model, column.name)


def _field_of(column: Column) -> "models.Field[Any, Any]":
    if column.kind is bool:
        return models.BooleanField(column.label, default=False)
    if column.kind is datetime:
        return models.DateTimeField(column.label, null=True)
    return models.TextField(column.label, blank=True, default="")


_add_columns(Workflow, from_zuora(WORKFLOWS))
_add_columns(Task, from_zuora(TASKS))
