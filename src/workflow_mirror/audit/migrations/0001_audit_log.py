"""The audit log, to which rows are only added. Going back is refused while it has events."""

from typing import Any

import django.utils.timezone
from django.core.management.base import CommandError
from django.db import migrations, models

APPEND_ONLY = """
CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_events is append-only: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only();
"""
REMOVE = """
DROP TRIGGER audit_events_append_only ON audit_events;
DROP FUNCTION audit_events_append_only();
"""


def nothing(_apps: Any, _schema_editor: Any) -> None:
    pass


def refuse(apps: Any, _schema_editor: Any) -> None:
    number = apps.get_model("audit", "AuditEvent").objects.count()
    if number:
        raise CommandError(
            f"The audit log has {number} events, which going back would delete. To keep them, copy"
            " the table first; to go back, disable its trigger and delete them"
            " (docs/reference/audit.md)"
        )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "happened_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="time"),
                ),
                ("actor", models.TextField(verbose_name="who")),
                ("address", models.TextField(blank=True, default="", verbose_name="IP address")),
                ("action", models.TextField(verbose_name="action")),
                ("target", models.TextField(blank=True, default="", verbose_name="target")),
                ("customer_id", models.BigIntegerField(null=True)),
                ("outcome", models.TextField(default="done", verbose_name="outcome")),
                ("details", models.JSONField(default=dict, verbose_name="details")),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
                "db_table": "audit_events",
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(fields=["happened_at", "id"], name="audit_events_time"),
                    models.Index(fields=["actor", "happened_at", "id"], name="audit_events_actor"),
                    models.Index(
                        fields=["action", "happened_at", "id"], name="audit_events_action"
                    ),
                ],
            },
        ),
        migrations.RunSQL(APPEND_ONLY, REMOVE),
        # Backwards this is the first step.
        migrations.RunPython(nothing, refuse),
    ]
