from django.conf import settings
from django.db import migrations, models

# Until now, a user without a row saw all customers; now such a user sees none.
KEEP_USERS_WITHOUT_A_ROW = """
INSERT INTO user_access (user_id, all_customers, language)
SELECT auth_user.id, true, '' FROM auth_user
LEFT JOIN user_access ON user_access.user_id = auth_user.id
WHERE user_access.id IS NULL
"""


class Migration(migrations.Migration):
    """`is_limited` becomes `all_customers`, its opposite. Everybody sees what they saw before."""

    dependencies = [
        ("web", "0002_job_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField("useraccess", "is_limited", "all_customers"),
        migrations.AlterField(
            "useraccess",
            "all_customers",
            models.BooleanField(default=False, verbose_name="all customers"),
        ),
        migrations.RunSQL(
            "UPDATE user_access SET all_customers = NOT all_customers",
            "UPDATE user_access SET all_customers = NOT all_customers",
        ),
        migrations.RunSQL(KEEP_USERS_WITHOUT_A_ROW, migrations.RunSQL.noop),
    ]
