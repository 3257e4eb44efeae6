"""A failed job is resolved when a later one has done its work."""

from django.db import migrations, models

# A sync does the work of a retry of failed exports, too.
RESOLVE = """
UPDATE job_manager AS failed SET resolved_at = later.finished_at
FROM (
    SELECT failed.id, min(done.finished_at) AS finished_at
    FROM job_manager AS failed JOIN job_manager AS done USING (unique_key)
    WHERE failed.status = 'failed' AND done.status IN ('succeeded', 'completed_with_errors')
        AND done.finished_at > failed.finished_at
        AND (done.kind = failed.kind
            OR (done.kind = 'sync' AND failed.kind = 'retry_failed_exports'))
    GROUP BY failed.id
) AS later
WHERE later.id = failed.id
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0007_kinds")]

    operations = [
        migrations.AddField("jobrun", "resolved_at", models.DateTimeField(null=True)),
        migrations.RunSQL(RESOLVE, migrations.RunSQL.noop),
        migrations.AddIndex(
            "jobrun",
            models.Index(
                condition=models.Q(status="failed", resolved_at=None),
                fields=["unique_key"],
                name="job_manager_unresolved",
            ),
        ),
    ]
