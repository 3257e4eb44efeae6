from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_web_admin"),
    ]

    operations = [
        migrations.CreateModel(
            name="TokenClaim",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("holder", models.CharField(max_length=32)),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "db_table": "zuora_token_claims",
            },
        ),
    ]
