"""A task's parameters, made readable: templates, SQL, Liquid and JSON as text with line breaks."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import simplejson
from django.utils.safestring import SafeString

from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.masking import masked_value
from workflow_mirror.workflows.models import Task

ONE_LINE = 80


@dataclass(frozen=True)
class Parameter:
    """`is_folded` where the value is structured, and best opened only by who wants it.

    `marked` is the text with the place to which a link leads; see place.py.
    """

    name: str
    text: str
    is_block: bool
    is_folded: bool = False
    marked: SafeString | None = None


def read_parameters(data: Any) -> list[Parameter]:
    """One line for each parameter; one without a name where they are no object."""
    if data is None:
        return []
    if not isinstance(data, dict):
        return [_parameter("", data)]
    return [_parameter(name, value) for name, value in data.items()]


def task_context(task: Task, data: Any, *, revealed: bool = False) -> dict[str, Any]:
    """For the templates that show one task: its parameters, without their secrets unless revealed.

    `data` are the parameters as they are shown, `hides_secrets` tells whether that is less.
    """
    shown = data if revealed else masked_value(data)
    return {
        "task": task,
        "data": shown,
        "parameters": read_parameters(shown),
        "hides_secrets": bool(shown != data),
    }


def _parameter(name: str, value: Any) -> Parameter:
    value = structure_of(value)
    if isinstance(value, str):
        return Parameter(name, value, is_block="\n" in value or len(value) > ONE_LINE)
    if isinstance(value, dict | list) and value:
        text = json_text(value, indent=2)
        return Parameter(name, text, is_block=True, is_folded=True)
    return Parameter(name, json_text(value), is_block=False)


def structure_of(value: Any) -> Any:
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


def json_text(value: Any, indent: int | None = None) -> str:
    return simplejson.dumps(value, indent=indent, ensure_ascii=False, allow_nan=True)
