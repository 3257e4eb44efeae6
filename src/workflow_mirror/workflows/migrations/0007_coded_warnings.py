"""Warnings about exports, and the reasons of failed exports, get codes and facts.

A warning was a sentence. One that is not known becomes a warning `other`, which keeps it; so
backwards every warning becomes the sentence that it was.
"""

import re
from typing import Any

from django.db import migrations, models

from workflow_mirror.customers.migrations._error_texts import add_details, change_json

# In this order: the first that fits.
SENTENCES = {
    "no_document": "no export document",
    "no_list": "no list of {key}",
    "duplicate_task": "task id {task} is doubled",
    "task_not_object": "task {position} is no object",
    "task_without_id": "task {position} has no id",
    "task_without_parameters": "task {task} has no parameters",
    "missing_task": "an edge names the missing task {task}",
    "no_entry": "no entry edge",
    "characters_replaced": "characters replaced at {path}",
    "other": "{text}",
}
FACTS = {"key": "tasks|linkages", "position": "[1-9][0-9]*"}
PATTERNS = {
    code: re.compile(
        re.sub(r"{(\w+)}", lambda name: f"(?P<{name[1]}>{FACTS.get(name[1], '.*')})", sentence),
        re.DOTALL,
    )
    for code, sentence in SENTENCES.items()
}
HAS_WARNINGS = "oddities <> '[]'"


def fill(_apps: Any, _schema_editor: Any) -> None:
    add_details("workflows", "export_error", "export_error_details")
    change_json("workflows", "oddities", HAS_WARNINGS, lambda old: [coded(one) for one in old])


def empty(_apps: Any, _schema_editor: Any) -> None:
    change_json("workflows", "oddities", HAS_WARNINGS, lambda old: [sentence(one) for one in old])


def coded(text: str) -> dict[str, Any]:
    for code, pattern in PATTERNS.items():
        if found := pattern.fullmatch(text):
            facts: dict[str, Any] = found.groupdict()
            if "position" in facts:
                facts["position"] = int(facts["position"])
            return {"code": code, "facts": facts}
    raise AssertionError(text)  # pragma: no cover - the last pattern fits every text


def sentence(warned: dict[str, Any]) -> str:
    known = SENTENCES.get(warned["code"])
    return known.format(**warned["facts"]) if known else str(warned["code"])


class Migration(migrations.Migration):
    dependencies = [
        ("workflows", "0006_content_hashes"),
        ("customers", "0005_attention_details"),
    ]

    operations = [
        migrations.AddField("workflow", "export_error_details", models.JSONField(null=True)),
        migrations.RunPython(fill, empty),
    ]
