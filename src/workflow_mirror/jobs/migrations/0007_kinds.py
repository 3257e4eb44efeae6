"""A job gets a kind and arguments; what were columns of a sync become those.

Backwards, jobs of kinds that the older version does not know are deleted.
"""

import django.db.models.deletion
from django.db import migrations, models

TO_KINDS = """
UPDATE job_manager SET
    kind = CASE WHEN failed_only THEN 'retry_failed_exports' ELSE 'sync' END,
    name = CASE WHEN failed_only THEN 'retry failed exports' ELSE name END,
    arguments = CASE WHEN "full" THEN '{"full": true}'::jsonb ELSE '{}' END
        || CASE WHEN allow_mass_delete THEN '{"allow_mass_delete": true}'::jsonb ELSE '{}' END,
    unique_key = 'sync-' || customer_id,
    priority = CASE WHEN requested_by LIKE 'schedule %' THEN 10 ELSE 20 END
"""
FROM_KINDS = """
DELETE FROM job_attempts WHERE job_run_id IN (
    SELECT id FROM job_manager WHERE kind NOT IN ('sync', 'retry_failed_exports'));
DELETE FROM job_manager WHERE kind NOT IN ('sync', 'retry_failed_exports');
SET CONSTRAINTS ALL IMMEDIATE;
UPDATE job_manager SET
    failed_only = kind = 'retry_failed_exports',
    name = 'sync customer workflows',
    "full" = coalesce((arguments -> 'full')::boolean, false),
    allow_mass_delete = coalesce((arguments -> 'allow_mass_delete')::boolean, false)
"""
UNFINISHED = models.Q(status__in=("waiting", "retrying"), is_joinable=True)
FLAGS = ("full", "allow_mass_delete", "failed_only")


class Migration(migrations.Migration):
    dependencies = [("jobs", "0006_plain_words")]

    operations = [
        migrations.AddField("jobrun", "kind", models.TextField("kind", default="sync")),
        migrations.AddField("jobrun", "arguments", models.JSONField(default=dict)),
        migrations.AddField("jobrun", "unique_key", models.TextField(default="")),
        migrations.AddField("jobrun", "priority", models.IntegerField(default=0)),
        migrations.RemoveConstraint("jobrun", "job_manager_one_queued"),
        migrations.AlterField(
            "jobrun",
            "customer",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="job_runs",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.RunSQL(TO_KINDS, FROM_KINDS),
        *(migrations.RemoveField("jobrun", flag) for flag in FLAGS),
        migrations.AlterField("jobrun", "kind", models.TextField("kind")),
        migrations.AlterField("jobrun", "unique_key", models.TextField()),
        migrations.AlterField("jobrun", "name", models.TextField()),
        migrations.AddConstraint(
            "jobrun",
            models.UniqueConstraint(
                condition=UNFINISHED, fields=("unique_key",), name="job_manager_one_queued"
            ),
        ),
        migrations.AddIndex(
            "jobrun",
            models.Index(
                condition=models.Q(status="running"),
                fields=["unique_key"],
                name="job_manager_running",
            ),
        ),
    ]
