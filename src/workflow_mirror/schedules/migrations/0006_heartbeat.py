import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import workflow_mirror.customers.encryption


class Migration(migrations.Migration):
    dependencies = [
        ("schedules", "0005_plain_words"),
    ]

    operations = [
        migrations.AddField(
            model_name="schedule",
            name="heartbeat_url",
            field=workflow_mirror.customers.encryption.EncryptedTextField(
                blank=True, null=True, verbose_name="heartbeat URL"
            ),
        ),
        migrations.AddField(
            model_name="schedule",
            name="heartbeat_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="last heartbeat"),
        ),
        migrations.AddField(
            model_name="schedule",
            name="heartbeat_error",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AddField(
            model_name="schedule",
            name="heartbeat_details",
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.CreateModel(
            name="ScheduleRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "job_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="schedules.schedule",
                    ),
                ),
            ],
            options={"db_table": "schedule_runs", "default_permissions": ()},
        ),
    ]
