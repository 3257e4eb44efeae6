from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_plain_words"),
        ("web", "0003_all_customers"),
    ]

    operations = [
        migrations.AlterField(
            model_name="useraccess",
            name="customers",
            field=models.ManyToManyField(
                blank=True,
                related_name="+",
                to="customers.customer",
                verbose_name="only these customers",
            ),
        ),
        migrations.AlterField(
            model_name="useraccess",
            name="language",
            field=models.CharField(
                blank=True,
                choices=[("en", "English"), ("it", "Italiano")],
                default="",
                help_text="Leave empty to use the browser's language.",
                max_length=10,
                verbose_name="language",
            ),
        ),
    ]
