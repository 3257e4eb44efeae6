from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("schedules", "0004_cron_expression"),
    ]

    operations = [
        migrations.AlterField(
            model_name="schedule",
            name="timezone",
            field=models.CharField(default="UTC", max_length=64, verbose_name="time zone"),
        ),
    ]
