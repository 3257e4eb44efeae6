"""A task's parameters, made readable: templates, SQL, Liquid and JSON as text with line breaks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import simplejson

from workflow_mirror.references.extract.collector import LONGEST_PATH
from workflow_mirror.workflows.documents import storable
from workflow_mirror.workflows.models import Task

ONE_LINE = 80
_ROOT = "parameters"


@dataclass(frozen=True)
class Parameter:
    """`is_folded` where the value is structured, and best opened only by who wants it.

    `is_place` where the path leads that the page was asked for, `line` is the line of the text.
    """

    name: str
    text: str
    is_block: bool
    is_folded: bool = False
    is_place: bool = False
    line: "Line | None" = None


class Line(NamedTuple):
    """A line of a text, with what is before it and after it."""

    before: str
    text: str
    after: str


def read_parameters(data: Any, at: str = "") -> list[Parameter]:
    """One line for each parameter; one without a name where they are no object.

    `at` is the path of a reference within the task.
    """
    if data is None:
        return []
    if not isinstance(data, dict):
        return [_marked(_parameter("", data), data, _ROOT, at)]
    return [
        _marked(_parameter(name, value), value, f"{_ROOT}.{name}", at)
        for name, value in data.items()
    ]


def task_context(task: Task, data: Any, at: str = "") -> dict[str, Any]:
    """For the templates that show one task; `at` is the path of the place to mark."""
    return {"task": task, "parameters": read_parameters(data, at), "at": at}


def _marked(parameter: Parameter, value: Any, path: str, at: str) -> Parameter:
    rest = at.removeprefix(path)
    if not at.startswith(path) or len(at) > LONGEST_PATH or (rest and rest[0] not in ".["):
        return parameter
    number = _line_of(value, rest) if rest else None
    if number is None:
        return replace(parameter, is_place=True)
    lines = parameter.text.split("\n")
    before = "".join(f"{line}\n" for line in lines[:number])
    after = "".join(f"\n{line}" for line in lines[number + 1 :])
    return replace(parameter, is_place=True, line=Line(before, lines[number], after))


def _line_of(value: Any, rest: str) -> int | None:
    """The line of the indented JSON, from 0, to which the rest of a path leads."""
    if not rest:
        return 0
    line = 1
    for step, item in _steps(value):
        inner = _line_of(item, rest.removeprefix(step)) if rest.startswith(step) else None
        if inner is not None:
            return line + inner
        line += _json(item, indent=2).count("\n") + 1
    return None


def _steps(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((f".{key}", item) for key, item in value.items())
    if isinstance(value, list):
        return ((f"[{place}]", item) for place, item in enumerate(value))
    return ()


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
