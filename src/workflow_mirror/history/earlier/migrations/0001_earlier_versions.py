"""Notes about earlier versions, and the requests that they took.

Backwards, the jobs that fetch them are deleted, since the older version does not know their kind.
The exports that they stored stay: they are versions like any other.
"""

import django.db.models.deletion
from django.db import migrations, models

DELETE_JOBS = """
DELETE FROM job_attempts WHERE job_run_id IN (
    SELECT id FROM job_manager WHERE kind = 'earlier_versions');
DELETE FROM job_manager WHERE kind = 'earlier_versions';
SET CONSTRAINTS ALL IMMEDIATE
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("jobs", "0007_kinds"),
        ("workflows", "0008_plain_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="Spending",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="earlier_spending",
                        serialize=False,
                        to="customers.customer",
                    ),
                ),
                ("day", models.DateField()),
                ("requests", models.IntegerField(default=0)),
            ],
            options={"db_table": "earlier_versions_spending"},
        ),
        migrations.CreateModel(
            name="EarlierVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("workflow_zuora_id", models.TextField()),
                ("version", models.TextField()),
                ("version_id", models.TextField()),
                ("listed_updated_at", models.TextField()),
                ("fetched_at", models.DateTimeField()),
                ("error", models.TextField(blank=True, default="")),
                ("error_details", models.JSONField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="earlier_versions",
                        to="customers.customer",
                    ),
                ),
                (
                    "export",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="workflows.workflowexport",
                    ),
                ),
            ],
            options={
                "db_table": "earlier_versions",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("customer", "workflow_zuora_id", "version"),
                        name="earlier_versions_version",
                    )
                ],
            },
        ),
        migrations.RunSQL(migrations.RunSQL.noop, DELETE_JOBS),
    ]
