"""A task's parameters, made readable: templates, SQL, Liquid and JSON as text with line breaks."""

import json
from dataclasses import dataclass
from typing import Any

from workflow_mirror.workflows.documents import storable

ONE_LINE = 80


@dataclass(frozen=True)
class Parameter:
    """`is_folded` where the value is structured, and best opened only by who wants it."""

    name: str
    text: str
    is_block: bool
    is_folded: bool = False


def read_parameters(data: Any) -> list[Parameter]:
    """One line for each parameter; one without a name where they are no object."""
    if data is None:
        return []
    if not isinstance(data, dict):
        return [_parameter("", data)]
    return [_parameter(name, value) for name, value in data.items()]


def _parameter(name: str, value: Any) -> Parameter:
    value = _structure(value)
    if isinstance(value, str):
        return Parameter(name, value, is_block="\n" in value or len(value) > ONE_LINE)
    if isinstance(value, dict | list) and value:
        text = json.dumps(value, indent=2, ensure_ascii=False)
        return Parameter(name, text, is_block=True, is_folded=True)
    return Parameter(name, json.dumps(value), is_block=False)


def _structure(value: Any) -> Any:
    """What a text holds that is itself JSON, as bodies of calls are; other values as they are.

    Such a text may spell halves of surrogate pairs, which no page can hold.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return storable(json.loads(value))[0]
    except (ValueError, RecursionError):
        return value
