"""The index of references, and the trigger by which it follows deleted tasks."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

# Once a statement, whoever deletes tasks: a foreign key would be checked for each reference that
# is written, and would need an index of its own.
FOLLOW = """
CREATE FUNCTION workflow_references_follow_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM workflow_references USING deleted_tasks
    WHERE workflow_references.workflow_id = deleted_tasks.workflow_id
    AND workflow_references.task_id = deleted_tasks.id;
    RETURN NULL;
END $$;
CREATE TRIGGER workflow_references_follow_tasks AFTER DELETE ON tasks
REFERENCING OLD TABLE AS deleted_tasks
FOR EACH STATEMENT EXECUTE FUNCTION workflow_references_follow_tasks()
"""
STAY = """
DROP TRIGGER workflow_references_follow_tasks ON tasks;
DROP FUNCTION workflow_references_follow_tasks()
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("customers", "0006_plain_words"),
        ("workflows", "0008_plain_words"),
    ]
    operations = [
        migrations.CreateModel(
            name="WorkflowReferenceState",
            fields=[
                (
                    "workflow",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="reference_state",
                        serialize=False,
                        to="workflows.workflow",
                    ),
                ),
                ("extractor_version", models.IntegerField()),
                ("export_hash", models.CharField(max_length=64)),
                ("unparsed", models.IntegerField()),
                ("indexed_at", models.DateTimeField()),
            ],
            options={"db_table": "workflow_reference_state"},
        ),
        migrations.CreateModel(
            name="WorkflowReference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("name", models.TextField()),
                ("name_lower", models.TextField()),
                ("field_lower", models.TextField()),
                ("path", models.TextField()),
                ("confidence", models.TextField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="references",
                        to="workflows.task",
                    ),
                ),
                (
                    "workflow",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="references",
                        to="workflows.workflow",
                    ),
                ),
            ],
            options={
                "db_table": "workflow_references",
                "indexes": [
                    models.Index(
                        models.F("kind"),
                        django.contrib.postgres.indexes.OpClass(
                            models.F("name_lower"), name="text_pattern_ops"
                        ),
                        models.F("customer"),
                        name="workflow_references_name",
                    ),
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            models.F("field_lower"), name="text_pattern_ops"
                        ),
                        models.F("customer"),
                        condition=models.Q(("kind", "field")),
                        name="workflow_references_field",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FOLLOW, STAY),
    ]
