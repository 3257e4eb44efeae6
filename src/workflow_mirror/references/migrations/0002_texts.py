"""What free text is searched in, and an index to look references up by their place."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

# As for references; see 0001.
FOLLOW = """
CREATE FUNCTION workflow_texts_follow_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM workflow_texts USING deleted_tasks
    WHERE workflow_texts.workflow_id = deleted_tasks.workflow_id
    AND workflow_texts.task_id = deleted_tasks.id;
    RETURN NULL;
END $$;
CREATE TRIGGER workflow_texts_follow_tasks AFTER DELETE ON tasks
REFERENCING OLD TABLE AS deleted_tasks
FOR EACH STATEMENT EXECUTE FUNCTION workflow_texts_follow_tasks()
"""
STAY = """
DROP TRIGGER workflow_texts_follow_tasks ON tasks;
DROP FUNCTION workflow_texts_follow_tasks()
"""
# A name is much more frequent in its kind than the planner would assume from the two columns.
STATISTICS = """
CREATE STATISTICS workflow_references_names (mcv) ON kind, name_lower FROM workflow_references
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0006_plain_words"),
        ("references", "0001_initial"),
        ("workflows", "0009_drafts"),
    ]
    operations = [
        migrations.CreateModel(
            name="WorkflowText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField()),
                ("text", models.TextField()),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
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
                        related_name="texts",
                        to="workflows.task",
                    ),
                ),
                (
                    "workflow",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="texts",
                        to="workflows.workflow",
                    ),
                ),
            ],
            options={
                "db_table": "workflow_texts",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("text", name="gin_trgm_ops"),
                        name="workflow_texts_text",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("name", name="gin_trgm_ops"),
                        name="workflow_texts_name",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("workflow"),
                        django.db.models.functions.comparison.Coalesce(
                            "task", models.Value(0, output_field=models.BigIntegerField())
                        ),
                        name="workflow_texts_place",
                    )
                ],
            },
        ),
        migrations.RunSQL(FOLLOW, STAY),
        migrations.AlterField(
            model_name="workflowreference",
            name="workflow",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="references",
                to="workflows.workflow",
            ),
        ),
        migrations.AddIndex(
            model_name="workflowreference",
            index=models.Index(
                models.F("workflow"),
                django.db.models.functions.comparison.Coalesce(
                    "task", models.Value(0, output_field=models.BigIntegerField())
                ),
                name="workflow_references_place",
            ),
        ),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS workflow_references_names"),
    ]
