from typing import Any

from django.db import migrations

NAME = "sync-customer-workflows"


def add_first_schedule(apps: Any, _schema_editor: Any) -> None:
    """Hourly, and off until somebody wants it."""
    apps.get_model("schedules", "Schedule").objects.get_or_create(name=NAME)


class Migration(migrations.Migration):
    dependencies = [("schedules", "0001_initial")]

    operations = [migrations.RunPython(add_first_schedule, migrations.RunPython.noop)]
