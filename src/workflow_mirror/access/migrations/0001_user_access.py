import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Permissions hang on the content type, so groups that were given them keep them. The table of a
# new database has no row yet; Django writes it after the migrations.
MOVE_CONTENT_TYPE = """
UPDATE django_content_type SET app_label = '{after}'
WHERE app_label = '{before}' AND model = 'useraccess'
"""


class Migration(migrations.Migration):
    """`UserAccess` comes from the app `web`; its tables stay as they are."""

    initial = True

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("customers", "0006_plain_words"),
        ("web", "0005_user_access_moves"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            MOVE_CONTENT_TYPE.format(before="web", after="access"),
            MOVE_CONTENT_TYPE.format(before="access", after="web"),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="UserAccess",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True,
                                primary_key=True,
                                serialize=False,
                                verbose_name="ID",
                            ),
                        ),
                        (
                            "all_customers",
                            models.BooleanField(default=False, verbose_name="all customers"),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True,
                                choices=[("en", "English"), ("it", "Italiano")],
                                default="",
                                help_text="Leave empty to use the browser's language.",
                                max_length=10,
                                verbose_name="language",
                            ),
                        ),
                        (
                            "customers",
                            models.ManyToManyField(
                                blank=True,
                                related_name="+",
                                to="customers.customer",
                                verbose_name="only these customers",
                            ),
                        ),
                        (
                            "user",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="access",
                                to=settings.AUTH_USER_MODEL,
                                verbose_name="user",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "access",
                        "verbose_name_plural": "access",
                        "db_table": "user_access",
                    },
                ),
            ]
        ),
    ]
