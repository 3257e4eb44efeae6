from django.db import migrations, models

# `errors` was the number of workflows that failed; it becomes their list, which is not known for
# old jobs, and `failed` the number.
TO_LIST = """
UPDATE job_manager SET output = output
    || jsonb_build_object('failed', output -> 'errors', 'errors', '[]'::jsonb)
WHERE jsonb_typeof(output -> 'errors') = 'number'
"""
TO_NUMBER = """
UPDATE job_manager SET output = output - 'failed' || jsonb_build_object('errors', output -> 'failed')
WHERE jsonb_typeof(output -> 'failed') = 'number'
"""
# An older version would take it for one of its workers.
FORGET_DIRECT = """
UPDATE job_manager SET worker_id = NULL, status = 'failed', finished_at = now(),
    error = 'Stopped by a migration'
WHERE status = 'running' AND worker_id IN (SELECT id FROM job_workers WHERE concurrency = 0);
DELETE FROM job_workers WHERE concurrency = 0
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_web_admin")]

    operations = [
        migrations.AddField("jobrun", "workers_lost", models.IntegerField(default=0)),
        migrations.AddField("jobrun", "waiting_until", models.DateTimeField(null=True)),
        migrations.RunSQL(TO_LIST, TO_NUMBER),
        migrations.RunSQL(migrations.RunSQL.noop, FORGET_DIRECT),
    ]
