"""Code and facts beside the stored text. Backwards they go, and the text stays as it was."""

from typing import Any

from django.db import migrations, models

from workflow_mirror.customers.migrations._error_texts import add_details


def fill(_apps: Any, _schema_editor: Any) -> None:
    add_details("customers", "needs_attention", "attention_details")


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_token_claims")]

    operations = [
        migrations.AddField(
            "customer", "attention_details", models.JSONField(editable=False, null=True)
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
