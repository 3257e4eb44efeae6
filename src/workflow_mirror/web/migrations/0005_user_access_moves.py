from django.db import migrations


class Migration(migrations.Migration):
    """`UserAccess` goes to the app `access`, which takes the tables over."""

    dependencies = [("web", "0004_plain_words")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("UserAccess")])
    ]
