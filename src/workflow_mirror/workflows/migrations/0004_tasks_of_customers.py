"""Each task knows its customer, and the indexes of the filters know it too."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

FILTERED = ("task_type", "action_type", "object", "call_type")

FILL = """
UPDATE tasks SET customer_id = workflows.customer_id
FROM workflows WHERE workflows.id = tasks.workflow_id
"""


def customer(*, null: bool) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        db_constraint=False,
        null=null,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="tasks",
        to="customers.customer",
        verbose_name="customer",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_web_admin"),
        ("workflows", "0003_lists"),
    ]

    operations = [
        *(migrations.RemoveIndex("task", f"tasks_{column}") for column in FILTERED),
        migrations.RemoveIndex("workflow", "workflows_state"),
        migrations.RemoveIndex("workflow", "workflows_triggers"),
        migrations.AddField("task", "customer", customer(null=True)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("task", "customer", customer(null=False)),
        *(
            migrations.AddIndex(
                "task", models.Index(fields=[column, "customer"], name=f"tasks_{column}")
            )
            for column in FILTERED
        ),
        migrations.AddIndex(
            "workflow", models.Index(fields=["state", "customer"], name="workflows_state")
        ),
        migrations.AddIndex(
            "workflow",
            models.Index(
                fields=["callout_trigger", "ondemand_trigger", "scheduled_trigger", "customer"],
                name="workflows_triggers",
            ),
        ),
    ]
