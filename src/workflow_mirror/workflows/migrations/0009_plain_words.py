from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("workflows", "0006_content_hashes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="object_id",
            field=models.TextField(blank=True, default="", verbose_name="object ID"),
        ),
        migrations.AlterField(
            model_name="task",
            name="zuora_id",
            field=models.TextField(verbose_name="Zuora ID"),
        ),
        migrations.AlterField(
            model_name="workflow",
            name="deleted_at",
            field=models.DateTimeField(null=True, verbose_name="deleted in Zuora"),
        ),
        migrations.AlterField(
            model_name="workflow",
            name="export_error",
            field=models.TextField(blank=True, default="", verbose_name="export error"),
        ),
        migrations.AlterField(
            model_name="workflow",
            name="state",
            field=models.TextField(blank=True, default="", verbose_name="status"),
        ),
        migrations.AlterField(
            model_name="workflow",
            name="timezone",
            field=models.TextField(blank=True, default="", verbose_name="time zone"),
        ),
        migrations.AlterField(
            model_name="workflow",
            name="zuora_id",
            field=models.TextField(verbose_name="Zuora ID"),
        ),
    ]
