"""A task's parameters, made readable: templates, SQL, Liquid and JSON as text with line breaks."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson

from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.models import Task

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


def task_context(task: Task, data: Any) -> dict[str, Any]:
    """For the templates that show one task."""
    return {"task": task, "parameters": read_parameters(data)}


def _parameter(name: str, value: Any) -> Parameter:
    value = _structure(value)
    if isinstance(value, str):
        return Parameter(name, value, is_block="\n" in value or len(value) > ONE_LINE)
    if isinstance(value, dict | list) and value:
        text = _json(value, indent=2)
        return Parameter(name, text, is_block=True, is_folded=True)
    return Parameter(name, _json(value), is_block=False)


def _structure(value: Any) -> Any:
    """The parsed value of a text that is JSON, such as a request body; other values unchanged.

    Such a text may spell halves of surrogate pairs, which no page can hold. Its decimals are shown
    as they are spelled: 10.00 is an amount.
    """
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return storable(simplejson.loads(value, parse_float=Decimal))[0]
    except (ValueError, InvalidOperation, RecursionError):
        return value


def _json(value: Any, indent: int | None = None) -> str:
    return simplejson.dumps(value, indent=indent, ensure_ascii=False, allow_nan=True)
