"""What whole names are found by, for all kinds in one index."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("references", "0002_texts")]
    operations = [
        migrations.AddField(
            model_name="workflowtext",
            name="name_hashes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(), default=list, size=None
            ),
        ),
        migrations.AddIndex(
            model_name="workflowtext",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name_hashes"], name="workflow_texts_name_hashes"
            ),
        ),
    ]
