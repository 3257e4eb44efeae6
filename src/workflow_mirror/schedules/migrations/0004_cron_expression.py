from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schedules", "0003_web_admin"),
    ]

    operations = [
        migrations.AlterField(
            model_name="schedule",
            name="cron",
            field=models.CharField(
                default="0 * * * *", max_length=100, verbose_name="cron expression"
            ),
        ),
        migrations.AlterField(
            model_name="schedule",
            name="is_enabled",
            field=models.BooleanField(default=False, verbose_name="enabled"),
        ),
    ]
