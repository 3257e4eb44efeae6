from django.db import migrations, models

import workflow_mirror.customers.models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_token_claims"),
    ]

    operations = [
        migrations.AlterField(
            model_name="customer",
            name="credentials_checked_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="last checked"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="zuora_client_id",
            field=models.CharField(max_length=200, verbose_name="client ID"),
        ),
        migrations.AlterField(
            model_name="customer",
            name="zuora_entity_id",
            field=models.CharField(
                blank=True,
                default="",
                max_length=64,
                validators=[workflow_mirror.customers.models.validate_header_text],
                verbose_name="entity ID",
            ),
        ),
        migrations.AlterField(
            model_name="customer",
            name="zuora_org_ids",
            field=models.CharField(
                blank=True,
                default="",
                max_length=1000,
                validators=[workflow_mirror.customers.models.validate_header_text],
                verbose_name="organization IDs",
            ),
        ),
    ]
