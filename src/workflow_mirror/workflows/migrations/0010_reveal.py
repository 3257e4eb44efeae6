from django.db import migrations


class Migration(migrations.Migration):
    """A permission; Administrators get it with the groups, after every migration."""

    dependencies = [("workflows", "0009_drafts")]

    operations = [
        migrations.AlterModelOptions(
            name="workflow",
            options={
                "permissions": (
                    ("reveal_workflow", "Can reveal secrets, download exports with secrets"),
                ),
                "verbose_name": "workflow",
                "verbose_name_plural": "workflows",
            },
        ),
    ]
