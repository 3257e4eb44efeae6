"""The `fields` structure of a task, its object, and the inputs of a workflow. Source: API.md 7."""

from typing import Any

from workflow_mirror.exact_json import text_of
from workflow_mirror.references.extract.collector import Collector
from workflow_mirror.references.extract.masking import masked
from workflow_mirror.references.extract.objects import is_field_name, is_object_name
from workflow_mirror.references.extract.reference import Confidence, Kind

_SELECTING = frozenset({"Query", "Export"})
"""Types whose `fields` select; in others a field with "false" gets this value."""


def own_object(task: dict[str, Any]) -> str:
    """The task's object; "" where it has none, or a file or Liquid in its place."""
    name = task.get("object")
    text = masked(name).strip() if isinstance(name, str) else ""
    return text if is_object_name(text) else ""


def extract_fields(out: Collector, task: dict[str, Any], parameters: dict[str, Any]) -> None:
    if name := own_object(task):
        out.add("object", Kind.OBJECT, name, Confidence.CERTAIN)
    fields = parameters.get("fields")
    if isinstance(fields, dict):
        for name, inner in fields.items():
            key = masked(name)
            path = f"parameters.fields.{key}"
            if isinstance(inner, dict):
                out.add(path, Kind.OBJECT, key, Confidence.CERTAIN)
                _fields_of(out, key, inner, path, selecting=task.get("action_type") in _SELECTING)
            else:
                _add(out, own_object(task), key, Confidence.LIKELY, path)
    elif isinstance(fields, list):
        for place, name in enumerate(fields):
            if isinstance(name, str) and is_field_name(name):
                path = f"parameters.fields[{place}]"
                _add(out, own_object(task), masked(name), Confidence.LIKELY, path)


def extract_inputs(out: Collector, parameters: dict[str, Any]) -> None:
    """The fields that a run of the workflow gets."""
    inputs = parameters.get("fields")
    for place, entry in enumerate(inputs if isinstance(inputs, list) else []):
        if isinstance(entry, dict) and (name := text_of(entry.get("field_name"))):
            path = f"workflow.parameters.fields[{place}].field_name"
            _add(
                out,
                masked(text_of(entry.get("object_name"))),
                masked(name),
                Confidence.CERTAIN,
                path,
            )


def _fields_of(
    out: Collector, owner: str, fields: dict[str, Any], path: str, *, selecting: bool
) -> None:
    for key, value in fields.items():
        name = masked(key)
        if not selecting or value not in ("", "false", None, False):
            _add(out, owner, name, Confidence.CERTAIN, f"{path}.{name}")


def _add(out: Collector, owner: str, name: str, confidence: Confidence, path: str) -> None:
    """A name with a dot is that of a related object."""
    qualified = name if "." in name or not owner else f"{owner}.{name}"
    out.add(path, Kind.FIELD, qualified, confidence)
