"""Exports with one task, and what an extractor finds in them."""

from typing import Any

from workflow_mirror.references.extract import extract

CERTAIN, LIKELY, TEXT = "certain", "likely", "text"


def task(action_type: str = "Logic::Liquid", **columns: Any) -> dict[str, Any]:
    return {"id": 7, "name": "A step", "action_type": action_type, "parameters": {}, **columns}


def export_of(*tasks: Any, **workflow: Any) -> dict[str, Any]:
    return {"workflow": {"id": 1, "name": "W", **workflow}, "tasks": list(tasks), "linkages": []}


def found(document: Any, *kinds: str) -> set[tuple[str, str, str]]:
    """Kind, name and confidence of all references, or of those of some kinds."""
    return {
        (one.kind.value, one.name, one.confidence.value)
        for one in extract(document).references
        if not kinds or one.kind in kinds
    }


def found_in(parameters: dict[str, Any], *kinds: str, **columns: Any) -> set[tuple[str, str, str]]:
    return found(export_of(task(parameters=parameters, **columns)), *kinds)


def names_in(parameters: dict[str, Any], kind: str, **columns: Any) -> set[str]:
    return {name for _, name, _ in found_in(parameters, kind, **columns)}
