"""A job that ends finds the next one with its key without reading all jobs that wait."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_one_running")]

    operations = [
        migrations.AddIndex(
            "jobrun",
            models.Index(
                condition=models.Q(status__in=("waiting", "retrying"), is_joinable=False),
                fields=["unique_key"],
                name="job_manager_not_joinable",
            ),
        ),
    ]
