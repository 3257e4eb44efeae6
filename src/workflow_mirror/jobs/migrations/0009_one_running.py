"""The database lets one job with a key run at a time."""

from django.db import migrations, models

# Two that began in the same moment: the later one goes back to the queue.
GIVE_BACK = """
WITH doubled AS (
    UPDATE job_manager AS later SET status = 'waiting', is_joinable = FALSE,
        attempt = attempt - 1, worker_id = NULL, waiting_until = NULL, due_at = clock_timestamp()
    WHERE status = 'running' AND queue <> 'direct' AND EXISTS (
        SELECT 1 FROM job_manager AS earlier
        WHERE earlier.unique_key = later.unique_key AND earlier.id < later.id
            AND earlier.status = 'running' AND earlier.queue <> 'direct')
    RETURNING id
)
UPDATE job_attempts SET finished_at = clock_timestamp(), outcome = 'given back'
FROM doubled WHERE job_run_id = doubled.id AND finished_at IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0008_resolved_jobs")]

    operations = [
        migrations.RunSQL(GIVE_BACK, migrations.RunSQL.noop),
        migrations.RemoveIndex("jobrun", "job_manager_running"),
        migrations.AddConstraint(
            "jobrun",
            models.UniqueConstraint(
                models.F("unique_key"),
                models.Case(models.When(queue="direct", then="id"), default=0),
                condition=models.Q(status="running"),
                name="job_manager_running",
            ),
        ),
    ]
