"""The index of references: what each workflow's last good export refers to."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Coalesce

from workflow_mirror.customers.models import Customer
from workflow_mirror.workflows.models import Task, Workflow


def task_or_zero() -> Coalesce:
    """Equal for the same place, also for that of a workflow itself, which has no task."""
    return Coalesce("task", models.Value(0, output_field=models.BigIntegerField()))


class WorkflowReference(models.Model):
    """One place in a workflow that names something outside of it; see references/extract.

    Rows are written by `store_references` only, many at once, so no constraint is checked for each
    of them: `customer_id` is the workflow's, and a trigger deletes what refers to a deleted task.
    """

    customer = models.ForeignKey(
        Customer,
        on_delete=models.DO_NOTHING,  # they go with their workflow
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    # The first index below is one on workflow, too.
    workflow = models.ForeignKey(
        Workflow,
        on_delete=models.CASCADE,
        related_name="references",
        db_index=False,
        db_constraint=False,
    )
    # Null for the workflow itself.
    task = models.ForeignKey(
        Task,
        on_delete=models.DO_NOTHING,  # the trigger
        null=True,
        related_name="references",
        db_index=False,
        db_constraint=False,
    )
    kind = models.TextField()
    name = models.TextField()
    # By `lowered`, as search terms are.
    name_lower = models.TextField()
    # Of a field, the part after the last dot: finds it on any object. Empty for other kinds.
    field_lower = models.TextField()
    path = models.TextField()
    confidence = models.TextField()

    class Meta:
        db_table = "workflow_references"
        indexes = (
            # The references of one place, by which the search checks its terms.
            models.Index("workflow", task_or_zero(), name="workflow_references_place"),
            models.Index(
                "kind",
                OpClass(models.F("name_lower"), name="text_pattern_ops"),
                "customer",
                name="workflow_references_name",
            ),
            models.Index(
                OpClass(models.F("field_lower"), name="text_pattern_ops"),
                "customer",
                condition=models.Q(kind="field"),
                name="workflow_references_field",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class WorkflowText(models.Model):
    """One place of the search: a task, or a workflow outside of its tasks; see extract/content.py.

    Written like the references, and without constraints for the same reason. `name` is that of a
    workflow, empty for tasks: a word of a query may be there while the others are in a task.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    # The constraint below is an index on workflow, too.
    workflow = models.ForeignKey(
        Workflow,
        on_delete=models.CASCADE,
        related_name="texts",
        db_index=False,
        db_constraint=False,
    )
    # Null for the workflow itself.
    task = models.ForeignKey(
        Task,
        on_delete=models.DO_NOTHING,  # the trigger
        null=True,
        related_name="texts",
        db_index=False,
        db_constraint=False,
    )
    name = models.TextField()
    text = models.TextField()
    # What the references there and the task's type are found by; see name_hashes.py.
    name_hashes = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        db_table = "workflow_texts"
        constraints = (
            models.UniqueConstraint("workflow", task_or_zero(), name="workflow_texts_place"),
        )
        indexes = (
            GinIndex(OpClass("text", name="gin_trgm_ops"), name="workflow_texts_text"),
            GinIndex(OpClass("name", name="gin_trgm_ops"), name="workflow_texts_name"),
            GinIndex(fields=("name_hashes",), name="workflow_texts_name_hashes"),
        )

    def __str__(self) -> str:
        return f"{self.workflow_id}, task {self.task_id}"


class WorkflowReferenceState(models.Model):
    """Which export of a workflow the index holds, and which version of the extractor read it."""

    workflow = models.OneToOneField(
        Workflow, on_delete=models.CASCADE, primary_key=True, related_name="reference_state"
    )
    extractor_version = models.IntegerField()
    export_hash = models.CharField(max_length=64)
    # Texts of which no parser understood the whole: read by patterns, so something may be missing.
    unparsed = models.IntegerField()
    indexed_at = models.DateTimeField()

    class Meta:
        db_table = "workflow_reference_state"

    def __str__(self) -> str:
        return f"{self.workflow_id} by {self.extractor_version}"


def lowered(name: str) -> str:
    """A name as it is indexed and searched."""
    return name.lower()
