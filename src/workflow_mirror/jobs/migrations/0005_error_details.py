"""Code and facts beside the stored texts. Backwards they go, and the texts stay as they were."""

from typing import Any

from django.db import migrations, models

from workflow_mirror.customers.migrations._error_texts import add_details, change_json, coded

HAS_FAILURES = "jsonb_array_length(CASE WHEN jsonb_typeof(output -> 'errors') = 'array'"
HAS_FAILURES += " THEN output -> 'errors' ELSE '[]' END) > 0"


def fill(_apps: Any, _schema_editor: Any) -> None:
    add_details("job_manager", "error", "error_details")
    add_details("job_attempts", "error", "error_details")
    change_json("job_manager", "output", HAS_FAILURES, with_details)


def with_details(output: dict[str, Any]) -> dict[str, Any]:
    failures = [{**one, "details": coded(one.get("reason", ""))} for one in output["errors"]]
    return {**output, "errors": failures}


def empty(_apps: Any, _schema_editor: Any) -> None:
    change_json("job_manager", "output", HAS_FAILURES, without_details)


def without_details(output: dict[str, Any]) -> dict[str, Any]:
    failures = [
        {name: value for name, value in one.items() if name != "details"}
        for one in output["errors"]
    ]
    return {**output, "errors": failures}


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_failures"), ("customers", "0005_attention_details")]

    operations = [
        migrations.AddField("jobrun", "error_details", models.JSONField(null=True)),
        migrations.AddField("jobattempt", "error_details", models.JSONField(null=True)),
        migrations.RunPython(fill, empty),
    ]
