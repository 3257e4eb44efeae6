"""Numbers of exports keep their value, and an export can repeat another with other run state."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.fields.json import KeyTransform

from workflow_mirror.exact_json import ExactDecoder, ExactEncoder


def zuora_json(**options: Any) -> "models.JSONField[Any]":
    return models.JSONField(decoder=ExactDecoder, encoder=ExactEncoder, **options)


class Migration(migrations.Migration):
    dependencies = [("workflows", "0004_tasks_of_customers")]

    operations = [
        migrations.AlterField("workflow", "list_row", zuora_json(default=dict)),
        migrations.AlterField("workflow", "json_export", zuora_json(null=True)),
        migrations.AlterField("workflowexport", "document", zuora_json()),
        migrations.AlterField("task", "workflow_task_json", zuora_json(null=True)),
        migrations.AlterField(
            "task",
            "data",
            models.GeneratedField(
                db_persist=True,
                expression=KeyTransform("parameters", "workflow_task_json"),
                output_field=zuora_json(null=True),
            ),
        ),
        migrations.AddField(
            "workflowexport",
            "repeat_of",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="repeats",
                to="workflows.workflowexport",
            ),
        ),
        migrations.AddIndex(
            "workflowexport",
            models.Index(
                condition=models.Q(repeat_of__isnull=False),
                fields=["repeat_of"],
                name="workflow_exports_repeats",
            ),
        ),
    ]
