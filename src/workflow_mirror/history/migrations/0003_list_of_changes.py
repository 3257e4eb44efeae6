from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0002_known_changes"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="workflowchange",
            options={
                "default_permissions": (),
                "verbose_name": "change",
                "verbose_name_plural": "changes",
            },
        ),
        migrations.RemoveIndex(model_name="workflowchange", name="workflow_changes_who"),
        migrations.AddIndex(
            model_name="workflowchange",
            index=models.Index(
                fields=["changed_by", "customer", "seen_at", "id"],
                condition=models.Q(("changed_by", ""), _negated=True),
                name="workflow_changes_who",
            ),
        ),
    ]
