from django.db import migrations

CREATE = """
CREATE VIEW failed_jobs AS
SELECT id, engine_job_id, name, queue, customer_id, batch_id, requested_by, attempt, queued_at,
    started_at, finished_at AS failed_at, error, exception
FROM job_manager WHERE status = 'failed'
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [migrations.RunSQL(CREATE, "DROP VIEW failed_jobs")]
