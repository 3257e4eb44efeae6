from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_failures"),
    ]

    operations = [
        migrations.AlterField(
            model_name="jobattempt",
            name="outcome",
            field=models.TextField(
                blank=True,
                choices=[
                    ("succeeded", "succeeded"),
                    ("completed_with_errors", "completed with errors"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                    ("retrying", "will retry"),
                    ("given back", "returned to queue"),
                    ("worker lost", "worker lost"),
                ],
                default="",
            ),
        ),
        migrations.AlterField(
            model_name="jobrun",
            name="status",
            field=models.TextField(
                choices=[
                    ("waiting", "waiting"),
                    ("running", "running"),
                    ("retrying", "retry scheduled"),
                    ("succeeded", "succeeded"),
                    ("completed_with_errors", "completed with errors"),
                    ("failed", "failed"),
                    ("cancelled", "cancelled"),
                ],
                default="waiting",
            ),
        ),
    ]
